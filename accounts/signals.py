"""What Django and allauth signal about signing in, turned into our facts and into the audit trail.

Nothing that was typed is kept: a password may stand in the wrong field.
"""

from typing import Any

from allauth.account import signals as account
from allauth.mfa import signals as mfa
from allauth.mfa.models import Authenticator
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db import transaction
from django.db.models import Q
from django.dispatch import Signal, receiver
from django.http import HttpRequest

from accounts.events import UserSignedOut
from accounts.models import User
from accounts.selectors import session_hash
from core.audit import audit_record
from core.facts import publish_on_commit

# What a person did to their own account, by the signal that says so.
OWN_DOINGS: dict[Signal, str] = {
    user_logged_in: "user.signed_in",
    account.password_changed: "user.password_changed",
    account.password_set: "user.password_changed",
    account.password_reset: "user.password_reset",
    account.email_changed: "user.email_changed",
}
SECOND_FACTOR_DOINGS: dict[Signal, str] = {
    mfa.authenticator_added: "user.second_factor_added",
    mfa.authenticator_removed: "user.second_factor_removed",
    mfa.authenticator_reset: "user.second_factor_reset",
}


@receiver(list(OWN_DOINGS))
def on_own_doing(*, signal: Signal, user: User, **kwargs: Any) -> None:
    _record(OWN_DOINGS[signal], user)


@receiver(list(SECOND_FACTOR_DOINGS))
def on_second_factor(*, signal: Signal, user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    _record(SECOND_FACTOR_DOINGS[signal], user, type=authenticator.type)


@receiver(user_login_failed)
def on_sign_in_failed(*, credentials: dict[str, Any], **kwargs: Any) -> None:
    """Says whose account was tried, if there is one; who tried it nobody knows."""
    name = str(credentials.get("username") or credentials.get("email") or "")
    tried = User.objects.filter(Q(username__iexact=name) | Q(email__iexact=name)).first() if name else None
    audit_record(
        actor_party_id=None,
        action="user.sign_in_failed",
        target=f"user:{tried.pk}" if tried else "user:unknown",
    )


@receiver(mfa.authentication_failed)
def on_second_factor_failed(*, user: User, **kwargs: Any) -> None:
    audit_record(actor_party_id=None, action="user.second_factor_failed", target=f"user:{user.pk}")


@receiver(user_logged_out)
def on_signed_out(*, request: HttpRequest, user: User | None, **kwargs: Any) -> None:
    """Publishes UserSignedOut, so that the sockets of that session close."""
    if user is None:
        return
    with transaction.atomic():
        _record("user.signed_out", user)
        publish_on_commit(UserSignedOut(user_id=str(user.pk), session_hash=session_hash(request)))


def _record(action: str, user: User, **after: str) -> None:
    audit_record(actor_party_id=user.party_id, action=action, target=f"user:{user.pk}", after=after or None)
