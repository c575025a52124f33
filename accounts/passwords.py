from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from accounts.events import PasswordChanged
from core.facts import publish_on_commit


class PasswordChangeIsTold:
    """Validates nothing: Django tells each validator of a password once it is saved, whichever door it came by."""

    def validate(self, password: str, user: AbstractBaseUser | None = None) -> None:
        return

    def get_help_text(self) -> str:
        return ""

    def password_changed(self, password: str, user: AbstractBaseUser) -> None:
        """Emits: PasswordChanged, for somebody who ever signed in."""
        if user.last_login is None:
            return
        with transaction.atomic():
            publish_on_commit(PasswordChanged(user_id=str(user.pk)))
