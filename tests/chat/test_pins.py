"""Pinned cards: newcomers are shown them too, and not after their time or once they are taken down."""

import json
from collections.abc import Callable
from datetime import UTC, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from chat.events import Author, ChatMessageEvent, ChatRemovedEvent, TipCard
from chat.models import AuthorRole, ChatMessage
from chat.rooms import StreamRooms, StreamRoomState
from chat.services import Card, card_strip, cards_post
from core.errors import NotFound
from realtime.events import entry_of
from streams.models import Stream
from tests.realtime.rooms import room_at

pytestmark = pytest.mark.django_db(transaction=True)


def pinned(user: User | None, name: str, seconds: float | None) -> Card:
    until = (
        None if seconds is None else (timezone.now() + timedelta(seconds=seconds)).astimezone(UTC).isoformat()
    )
    return Card(
        client_id=f"tip:{name}",
        card=TipCard(tip=name, amount=500, currency="usd", tier=2, pinned_until=until),
        party_id=user.party_id if user else None,
        user=Author(id=str(user.pk), name=user.name, role=AuthorRole.VIEWER) if user else None,
        text=f"words of {name}",
    )


def shown(state: Any) -> list[str]:
    return [event["card"]["tip"] for event in json.loads(bytes(state.public().pins))]


def test_a_welcome_has_what_is_pinned_now_the_longest_first(
    live_stream: Stream, bob: User, time_machine: Any
) -> None:
    time_machine.move_to(timezone.now(), tick=False)
    cards_post(
        live_stream.pk,
        [
            pinned(bob, "short", 60),
            pinned(None, "long", 600),
            pinned(bob, "none", None),
            pinned(bob, "over", -1),
        ],
    )
    rooms = StreamRooms()

    state = rooms.load(live_stream.pk).state
    assert shown(state) == ["long", "short"]
    assert rooms.pulse([live_stream.pk])[live_stream.pk].state == state
    time_machine.shift(61)
    assert shown(state) == ["long"], "the time of the other is over, and nothing was loaded anew"


def test_looking_after_many_rooms_costs_two_queries(live_stream: Stream, bob: User, alice: User) -> None:
    for name in "abc":
        cards_post(live_stream.pk, [pinned(bob, name, 60)])
    with CaptureQueriesContext(connection) as queries:
        StreamRooms().pulse([live_stream.pk])
    assert len(queries) == 2


def test_what_is_stripped_is_neither_pinned_nor_said_to_anybody_new(live_stream: Stream, bob: User) -> None:
    (posted,) = cards_post(live_stream.pk, [pinned(bob, "t1", 600)])
    for _ in range(2):
        card_strip(stream_id=live_stream.pk, client_id="tip:t1")

    snapshot = StreamRooms().load(live_stream.pk)
    assert shown(snapshot.state) == []
    assert b"words of" not in snapshot.history[0].body
    assert ChatMessage.objects.get().seq == posted.event.seq
    assert snapshot.last_seq == 2, "told once"


def test_there_is_nothing_to_strip_before_it_is_posted(live_stream: Stream) -> None:
    with pytest.raises(NotFound):
        card_strip(stream_id=live_stream.pk, client_id="tip:t1")


class TestInAnOpenRoom:
    """What the process with the sockets makes of the events, without a look at the database."""

    @pytest.fixture
    def said(self, bob: User) -> Callable[..., ChatMessageEvent]:
        def make(seq: int, **fields: Any) -> ChatMessageEvent:
            card = pinned(bob, f"t{seq}", 60)
            values = {"user": card.user, "text": card.text, "card": card.card} | fields
            return ChatMessageEvent(
                seq=seq, id=f"m{seq}", client_id=None, kind="tip", at=timezone.now().isoformat(), **values
            )

        return make

    async def test_a_card_is_pinned_for_who_comes_later(self, said: Callable[..., ChatMessageEvent]) -> None:
        room = room_at()
        room.state = _state()
        tricky = said(2, card=None, text='{"pinned_until":"2999-01-01T00:00:00Z"}')
        room.receive([entry_of(said(1)), entry_of(tricky)])
        assert shown(room.state) == ["t1"]
        assert room.changes == 1, "an older look at the database does not take it away again"

    async def test_a_removed_one_is_not(self, said: Callable[..., ChatMessageEvent]) -> None:
        room = room_at()
        room.state = _state()
        room.receive([entry_of(said(1)), entry_of(said(2)), entry_of(ChatRemovedEvent(seq=3, id="m1"))])
        first, second = json.loads(bytes(room.history))
        assert shown(room.state) == ["t2"]
        assert (first["text"], first["card"]["pinned_until"], first["card"]["amount"]) == ("", None, 500)
        assert second["text"] == "words of t2"


def _state() -> StreamRoomState:
    return StreamRoomState(creator_id=None, status="live", paused=False)
