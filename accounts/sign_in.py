"""Who is signed in, by which of their sign-ins: the same answer for a browser's cookie and an app's session token.

Both carry the key of a Django session, so whatever ends the session ends both, at once.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from allauth.core.internal.sessionkit import get_session_user
from allauth.headless.internal.sessionkit import lookup_session
from allauth.usersessions.models import UserSession
from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction
from django.http import HttpRequest
from rest_framework.request import Request
from ua_parser import parse

from accounts.events import SessionRevoked
from accounts.models import User
from core.audit import audit_record
from core.facts import publish_on_commit


@dataclass(frozen=True)
class Device:
    """Where somebody is signed in, for people to recognise."""

    id: int
    name: str
    ip: str
    since: datetime
    is_current: bool


@dataclass(frozen=True)
class SignIn:
    """``login`` names the session where its key must not stand: in passes, sockets and logs."""

    user: User
    login: str


def sign_in_of(session_key: str) -> SignIn | None:
    """Who holds this key of a session; None for nobody who may still come in. Queries: 2."""
    found = session_user(session_key)
    return SignIn(user=found[0], login=login_of(session_key)) if found else None


def session_user(session_key: str) -> tuple[User, SessionBase] | None:
    """The session of this key and its active user, whose password is still that of the sign-in. Queries: 2."""
    session = lookup_session(session_key)
    user = get_session_user(session) if session is not None else None
    return (user, session) if session is not None and isinstance(user, User) else None


def sign_ins_of(user: User, *, current_key: str | None) -> list[Device]:
    """Where this person is signed in now, the newest first. Queries: 1, and 3 per device."""
    sessions = UserSession.objects.purge_and_list(user)
    return [
        Device(
            id=session.pk,
            name=device_name(session.user_agent),
            ip=session.ip,
            since=session.created_at,
            is_current=session.session_key == current_key,
        )
        for session in sorted(sessions, key=lambda session: session.created_at, reverse=True)
    ]


def device_name(user_agent: str) -> str:
    """Such as "Firefox on Linux"; of a client nobody knows, what it calls itself."""
    known = parse(user_agent)
    parts = [part.family for part in (known.user_agent, known.os) if part is not None]
    return " on ".join(parts) if parts else user_agent[:60]


def session_of(request: HttpRequest | Request) -> SessionBase:
    """The session that a request came with, whichever way it was shown."""
    if isinstance(request, Request) and isinstance(request.auth, SessionBase):
        return request.auth
    return request.session


def login_of(session_key: str | None) -> str:
    """The public name of a session; "" without one."""
    return hashlib.sha256(session_key.encode()).hexdigest()[:16] if session_key else ""


@transaction.atomic
def sign_in_revoke(*, session: UserSession) -> None:
    """End one sign-in of a person, on their wish: its cookie or token is worth nothing from now on.

    Queries: 6. Emits: SessionRevoked.
    """
    user = session.user
    session.end()
    audit_record(
        actor_party_id=user.party_id,
        action="user.session_revoked",
        target=f"user:{user.pk}",
        after={"session": login_of(session.session_key)},
    )
    publish_on_commit(SessionRevoked(user_id=str(user.pk), session_hash=login_of(session.session_key)))
