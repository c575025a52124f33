"""What follows from facts, and from signing in."""

import uuid
from typing import Any

from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest

from accounts.events import PasswordChanged, SessionRevoked, UserSignedOut
from accounts.models import User
from core.clients import known_viewer
from core.facts import handles
from payments.events import WalletShut
from payments.tickets import tasks
from payments.tickets.access import device_forget, previews_carry_on, tickets_shut
from payments.tickets.refunds import tickets_judge
from streams.events import StreamEnded


@handles(StreamEnded)
def on_stream_ended(fact: StreamEnded) -> None:
    """Who paid for nothing gets it back."""
    if tickets_judge(stream_id=uuid.UUID(fact.stream_id)):
        tasks.ticket_prices_return.delay()


@handles(WalletShut)
def on_wallet_shut(fact: WalletShut) -> None:
    tickets_shut(party_id=uuid.UUID(fact.party_id))


@handles(UserSignedOut)
def on_signed_out(fact: UserSignedOut) -> None:
    device_forget(user_id=uuid.UUID(fact.user_id), login=fact.session_hash)


@handles(SessionRevoked)
def on_session_revoked(fact: SessionRevoked) -> None:
    device_forget(user_id=uuid.UUID(fact.user_id), login=fact.session_hash)


@handles(PasswordChanged)
def on_password_changed(fact: PasswordChanged) -> None:
    device_forget(user_id=uuid.UUID(fact.user_id))


@receiver(user_logged_in)
def on_signed_in(*, request: HttpRequest | None, user: User, **kwargs: Any) -> None:
    if request is not None and (anonymous := known_viewer(request)):
        previews_carry_on(anonymous_id=anonymous, user=user)
