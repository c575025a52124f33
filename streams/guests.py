"""Guests of an invited stream: named by the creator, or come by a link that counts and expires."""

import hashlib
import secrets
import uuid
from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.selectors import profile_get
from core.errors import InvalidInput, NotFound
from streams.errors import InvitationSpent
from streams.models import Guest, Invitation, Stream
from streams.sessions import viewer_revoke
from streams.viewers import Viewer

MOST_GUESTS, LONGEST_DAYS = 1_000, 30


@transaction.atomic
def guest_add(*, stream: Stream, username: str) -> Guest:
    """Invite somebody by name; inviting twice is inviting once. Queries: 2. Raises: InvalidInput."""
    try:
        user = profile_get(username=username.strip().lstrip("@"))
    except NotFound:
        raise InvalidInput(username=["There is nobody of this name."])
    if user.pk == stream.creator_id:
        raise InvalidInput(username=["This is your own stream."])
    guest, _ = Guest.objects.get_or_create(stream=stream, viewer_id=f"u:{user.pk}", defaults={"user": user})
    return guest


@transaction.atomic
def guest_remove(*, stream: Stream, guest_id: uuid.UUID) -> None:
    """Take an invitation back, also from somebody who is watching. Raises: NotFound."""
    guest = Guest.objects.filter(stream=stream, pk=guest_id).first()
    if guest is None:
        raise NotFound()
    guest.delete()
    viewer_revoke(stream_id=stream.pk, viewer_id=guest.viewer_id)


@transaction.atomic
def invitation_create(*, stream: Stream, most_guests: int, days: int) -> tuple[Invitation, str]:
    """A link for ``most_guests`` people and so many days. Returns its secret, which is shown this once.

    Raises: InvalidInput.
    """
    problems: dict[str, list[str]] = {}
    if not 1 <= most_guests <= MOST_GUESTS:
        problems["most_guests"] = [f"Choose 1 to {MOST_GUESTS:,} people."]
    if not 1 <= days <= LONGEST_DAYS:
        problems["days"] = [f"Choose 1 to {LONGEST_DAYS} days."]
    if problems:
        raise InvalidInput(**problems)
    token = secrets.token_urlsafe(18)
    invitation = Invitation.objects.create(
        stream=stream,
        token_hash=_token_hash(token),
        most_guests=most_guests,
        expires_at=timezone.now() + timedelta(days=days),
    )
    return invitation, token


@transaction.atomic
def invitation_accept(*, viewer: Viewer, token: str) -> Stream:
    """Make the viewer a guest. Accepting again, or one's own invitation, takes no second place.

    Locks: the invitation, so that the last place is given once. Queries: 3 to 5. Raises: NotFound, InvitationSpent.
    """
    invitation = (
        Invitation.objects.select_for_update(of=("self",))
        .select_related("stream")
        .filter(token_hash=_token_hash(token))
        .first()
    )
    if invitation is None:
        raise NotFound()
    stream = invitation.stream
    if stream.creator_id == viewer.user_id:
        return stream
    if Guest.objects.filter(stream=stream, viewer_id=viewer.viewer_id).exists():
        return stream
    spent = invitation.revoked_at is not None or invitation.guest_count >= invitation.most_guests
    if spent or invitation.expires_at <= timezone.now() or stream.is_over:
        raise InvitationSpent()
    Guest.objects.create(stream=stream, viewer_id=viewer.viewer_id, user=viewer.user, invitation=invitation)
    Invitation.objects.filter(pk=invitation.pk).update(guest_count=F("guest_count") + 1)
    return stream


@transaction.atomic
def invitation_revoke(*, stream: Stream, invitation_id: uuid.UUID) -> None:
    """Nobody more comes by this link; who came stays until removed. Raises: NotFound."""
    revoked = Invitation.objects.filter(stream=stream, pk=invitation_id, revoked_at=None)
    if not revoked.update(revoked_at=timezone.now()):
        raise NotFound()


def _token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
