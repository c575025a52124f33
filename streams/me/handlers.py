"""What a person is told of, and when their sockets close. Everything here may run twice."""

import uuid
from typing import get_args

from accounts.events import FollowChanged, PasswordChanged, SessionRevoked, UserErased, UserSignedOut
from accounts.models import User
from accounts.selectors import follower_count
from core.facts import handles
from realtime.publish import room_publish, sockets_close
from realtime.sockets import CLOSE_SIGN_IN
from streams.events import (
    MediaLost,
    MediaReturned,
    StreamChanged,
    StreamEnded,
    StreamPrepared,
    StreamStarted,
)
from streams.me.events import MeFollow, MeSessionRevoked, MeStream
from streams.me.selectors import card_of, person_card
from streams.media import backend
from streams.models import Stream
from streams.selectors import stream_view

AnyStreamFact = StreamPrepared | StreamStarted | StreamChanged | StreamEnded | MediaLost | MediaReturned


def on_my_stream(fact: AnyStreamFact) -> None:
    stream = Stream.objects.select_related("creator").filter(pk=fact.stream_id).first()
    if stream is not None and stream.creator_id is not None:
        room_publish(stream.creator_id, MeStream(stream=card_of(stream_view(stream))))


for stream_fact in get_args(AnyStreamFact):
    handles(stream_fact)(on_my_stream)


@handles(FollowChanged)
def on_follow(fact: FollowChanged) -> None:
    creator_id = uuid.UUID(fact.creator_id)
    follower = User.objects.filter(pk=fact.follower_id, is_active=True).first() if fact.following else None
    if follower is not None:
        followers = follower_count(creator_id=creator_id)
        room_publish(creator_id, MeFollow(follower=person_card(follower), followers=followers))


@handles(SessionRevoked)
def on_session_revoked(fact: SessionRevoked) -> None:
    room_publish(uuid.UUID(fact.user_id), MeSessionRevoked(session=fact.session_hash))
    _sign_in_ended(fact.session_hash)


@handles(UserSignedOut)
def on_signed_out(fact: UserSignedOut) -> None:
    _sign_in_ended(fact.session_hash)


def _sign_in_ended(login: str) -> None:
    """What it opened closes: sockets, and places on stages and before them."""
    sockets_close(code=CLOSE_SIGN_IN, reason="not_signed_in", login=login)
    backend().remove_person(login=login)


@handles(PasswordChanged)
def on_password_changed(fact: PasswordChanged) -> None:
    """Also those of the browser that changed it: its sign-in goes on, under another key."""
    user_id = uuid.UUID(fact.user_id)
    sockets_close(code=CLOSE_SIGN_IN, reason="not_signed_in", user_id=user_id)
    backend().remove_person(user_id=user_id)


@handles(UserErased)
def on_erased(fact: UserErased) -> None:
    user_id = uuid.UUID(fact.user_id)
    sockets_close(code=CLOSE_SIGN_IN, reason="not_signed_in", user_id=user_id)
    backend().remove_person(user_id=user_id)
