"""Each thing that ends somebody's right to be in a room closes their sockets, and nobody else's."""

import asyncio
from collections.abc import Callable

import pytest

from accounts.blocks import block_create
from accounts.erasure import account_erase
from accounts.models import User
from accounts.services import follow_create, follow_delete, user_suspend
from realtime.calls import call
from realtime.hub import hub
from streams.models import EndReason, Stream, StreamVisibility
from streams.services import stream_end
from streams.sessions import viewer_revoke
from tests.realtime.rooms import Received, enter, room_at

pytestmark = pytest.mark.django_db(transaction=True)


def suspend(stream: Stream, user: User) -> None:
    user_suspend(user=user, by=stream.party_id)


def revoke(stream: Stream, user: User) -> None:
    viewer_revoke(stream_id=stream.pk, viewer_id=f"u:{user.pk}")


def unfollow(stream: Stream, user: User) -> None:
    assert stream.creator is not None
    follow_create(follower=user, creator=stream.creator)
    Stream.objects.filter(pk=stream.pk).update(visibility=StreamVisibility.FOLLOWERS)
    follow_delete(follower=user, creator=stream.creator)


def block(stream: Stream, user: User) -> None:
    assert stream.creator is not None
    block_create(blocker=stream.creator, blocked=user)


def erase(stream: Stream, user: User) -> None:
    account_erase(user=user)


@pytest.mark.parametrize(
    ("cause", "code"), [(suspend, 4401), (revoke, 4403), (unfollow, 4403), (block, 4403), (erase, 4401)]
)
async def test_who_lost_the_right_to_stay_is_out_within_two_seconds(
    live_stream: Stream, bob: User, cause: Callable[[Stream, User], None], code: int
) -> None:
    bobs, others = await _in_the_room(live_stream, bob)

    await call(cause, live_stream, bob)
    await asyncio.sleep(0.5)

    assert bobs.closed is not None
    assert bobs.closed[0] == code
    assert others.closed is None
    await hub.stop()


async def test_the_end_of_the_stream_is_for_everybody(live_stream: Stream, bob: User) -> None:
    bobs, others = await _in_the_room(live_stream, bob)

    await call(stream_end, stream_id=live_stream.pk, reason=EndReason.STAFF)
    await asyncio.sleep(0.5)

    for received in (bobs, others):
        assert received.events[-1]["type"] == "stream:ended"
        assert received.closed == (4410, "stream_ended")
    await hub.stop()


async def _in_the_room(stream: Stream, user: User) -> tuple[Received, Received]:
    """The user's socket and somebody else's, in this process's hub."""
    hub.start()
    room = hub.rooms[stream.pk] = room_at(room_id=stream.pk)
    theirs = enter(room, user_id=user.pk, party_id=user.party_id, viewer_id=f"u:{user.pk}")[1]
    return theirs, enter(room)[1]
