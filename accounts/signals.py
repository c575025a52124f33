"""Django's own sign-out signal, turned into our fact."""

from typing import Any

from django.contrib.auth.signals import user_logged_out
from django.db import transaction
from django.dispatch import receiver
from django.http import HttpRequest

from accounts.events import UserSignedOut
from accounts.models import User
from accounts.selectors import session_hash
from core.facts import publish_on_commit


@receiver(user_logged_out)
def on_signed_out(*, request: HttpRequest, user: User | None, **kwargs: Any) -> None:
    """Publishes UserSignedOut, so that the sockets of that session close."""
    if user is None:
        return
    with transaction.atomic():
        publish_on_commit(UserSignedOut(user_id=str(user.pk), session_hash=session_hash(request)))
