"""What was taken away is read by nobody any more, by whichever door they come and whenever; the row keeps it."""

import json
from collections.abc import Callable
from datetime import UTC, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from accounts.services import user_suspend
from chat.events import Author, ChatMessageEvent, ChatPurgedEvent, ChatRemovedEvent, GiftCard, TipCard
from chat.models import AuthorRole, ChatMessage
from chat.people import export
from chat.removals import (
    chat_clear,
    message_put_back,
    message_remove,
    message_take_down,
    messages_purge,
)
from chat.rooms import StreamRooms, StreamRoomState
from chat.selectors import pin_of
from chat.services import Accepted, Card, Line, cards_post, messages_accept
from core.errors import InvalidInput, NotFound
from core.models import AuditEvent
from moderation.bans.services import person_ban
from moderation.errors import NotYourPlace
from moderation.team.services import invitation_accept, member_invite
from realtime.events import entry_of
from realtime.models import StoredEvent
from realtime.selectors import last_seq
from streams.models import Stream
from tests.realtime.rooms import enter, room_at

pytestmark = pytest.mark.django_db(transaction=True)
ApiOf = Callable[[User], APIClient]
SECRET = "something unspeakable"


def say(stream: Stream, *lines: tuple[User, str]) -> list[UUID]:
    """The ids of the messages."""
    said = [
        Line(
            user_id=user.pk,
            party_id=user.party_id,
            name=user.name,
            role=AuthorRole.VIEWER,
            client_id=str(uuid4()),
            text=text,
        )
        for user, text in lines
    ]
    answers = messages_accept(stream_id=stream.pk, lines=said)
    accepted = [answer for answer in answers if isinstance(answer, Accepted)]
    assert len(accepted) == len(lines), answers
    return [UUID(answer.event.id) for answer in accepted]


def tip(user: User | None, text: str, *, name: str = "t1", pinned: bool = True) -> Card:
    until = (timezone.now() + timedelta(minutes=9)).astimezone(UTC).isoformat() if pinned else None
    return Card(
        client_id=f"tip:{name}",
        card=TipCard(tip=name, amount=500, currency="usd", tier=2, pinned_until=until),
        party_id=user.party_id if user else None,
        user=Author(id=str(user.pk), name=user.name, role=AuthorRole.VIEWER) if user else None,
        text=text,
    )


def gift(user: User) -> Card:
    return Card(
        client_id="gift:c1",
        card=GiftCard(
            gift="rose", name="Rose", animation="float", rarity="common", quantity=3, coins=3, combo="c1"
        ),
        party_id=user.party_id,
        user=Author(id=str(user.pk), name=user.name, role=AuthorRole.VIEWER),
    )


def everywhere(stream: Stream, client: APIClient) -> str:
    """Everything that anybody can read of the chat: the list, the gap, what is stored for it, and a welcome."""
    snapshot = StreamRooms().load(stream.pk)
    shown = [
        client.get(f"/api/streams/{stream.pk}/messages").content,
        client.get(f"/api/streams/{stream.pk}/events?after=0").content,
        b"".join(entry.body for entry in snapshot.history),
        bytes(snapshot.state.public().pins),
    ]
    stored = "".join(StoredEvent.objects.filter(room_id=stream.pk).values_list("body", flat=True))
    return b"".join(shown).decode() + stored


def events_of(client: APIClient, stream: Stream, after: int = 0) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get(f"/api/streams/{stream.pk}/events?after={after}").json()[
        "events"
    ]
    return found


class TestOne:
    def test_it_is_read_nowhere_and_its_number_stays(
        self, live_stream: Stream, alice: User, bob: User, api: APIClient, api_of: ApiOf
    ) -> None:
        message_id, _ = say(live_stream, (bob, SECRET), (bob, "fine"))
        assert SECRET in everywhere(live_stream, api), "the cache of missed events has it from here on"
        owner = api_of(alice)
        for _ in range(2):
            answer = owner.delete(f"/api/streams/{live_stream.pk}/messages/{message_id}?reason=no")
            assert answer.status_code == 204

        assert SECRET not in everywhere(live_stream, api)
        assert [(event["seq"], event["type"]) for event in events_of(api, live_stream)] == [
            (1, "chat:removed"),
            (2, "chat:message"),
            (3, "chat:removed"),
        ]
        row = ChatMessage.objects.get(pk=message_id)
        assert (row.text, row.removed_by_id, row.removed_at is not None) == (SECRET, alice.party_id, True)
        event = AuditEvent.objects.get(action="message.deleted")
        assert (event.target, event.whom_party_id, event.reason) == (
            f"message:{message_id}",
            bob.party_id,
            "no",
        )
        assert SECRET not in json.dumps([event.before, event.after])

    def test_whoever_said_it_takes_it_back_without_a_trail(
        self, live_stream: Stream, bob: User, api_of: ApiOf
    ) -> None:
        (message_id,) = say(live_stream, (bob, SECRET))
        assert api_of(bob).delete(f"/api/streams/{live_stream.pk}/messages/{message_id}").status_code == 204
        assert SECRET not in everywhere(live_stream, api_of(bob))
        assert ChatMessage.objects.get().removed_by_id == bob.party_id
        assert not AuditEvent.objects.filter(action="message.deleted").exists()

    def test_of_a_card_only_words_and_pin_go(
        self, live_stream: Stream, alice: User, bob: User, api: APIClient
    ) -> None:
        posted = cards_post(live_stream.pk, [tip(bob, SECRET), gift(bob)])
        for answer in posted:
            message_remove(actor=alice, stream_id=live_stream.pk, message_id=UUID(answer.event.id))

        assert SECRET not in everywhere(live_stream, api)
        shown = api.get(f"/api/streams/{live_stream.pk}/messages").json()["results"]
        assert [(each["kind"], each["text"]) for each in shown] == [("gift", ""), ("tip", "")]
        assert (shown[1]["card"]["amount"], shown[1]["card"]["pinned_until"]) == (500, None)
        assert ChatMessage.objects.get(kind="tip").text == SECRET
        assert last_seq(live_stream.pk) == 3, "a gift says nothing, so nothing of it was taken away"

    def test_it_has_to_be_of_this_room(self, live_stream: Stream, alice: User, api_of: ApiOf) -> None:
        owner = api_of(alice)
        for stream_id in (live_stream.pk, uuid4()):
            assert owner.delete(f"/api/streams/{stream_id}/messages/{uuid4()}").status_code == 404

    def test_strangers_do_not(self, live_stream: Stream, alice: User, bob: User, charlie: User) -> None:
        (message_id,) = say(live_stream, (bob, SECRET))
        with pytest.raises(NotYourPlace):
            message_remove(actor=charlie, stream_id=live_stream.pk, message_id=message_id)
        with pytest.raises(NotYourPlace):  # nor are they told which messages there are
            message_remove(actor=charlie, stream_id=live_stream.pk, message_id=uuid4())
        assert ChatMessage.objects.get().removed_at is None

    def test_what_staff_took_down_may_come_back_and_what_the_team_removed_does_not(
        self, live_stream: Stream, alice: User, bob: User, api: APIClient
    ) -> None:
        first, second = say(live_stream, (bob, "one"), (bob, "two"))
        message_remove(actor=alice, stream_id=live_stream.pk, message_id=second)
        for message_id in (first, second):
            message_take_down(stream_id=live_stream.pk, message_id=message_id)
        assert api.get(f"/api/streams/{live_stream.pk}/messages").json()["results"] == []
        for message_id in (first, second):
            message_put_back(stream_id=live_stream.pk, message_id=message_id)
        shown = api.get(f"/api/streams/{live_stream.pk}/messages").json()["results"]
        assert [each["text"] for each in shown] == ["one"]


class TestMany:
    def test_all_of_a_person_and_nothing_of_others_or_later(
        self, live_stream: Stream, alice: User, bob: User, charlie: User, api: APIClient, api_of: ApiOf
    ) -> None:
        say(live_stream, (bob, SECRET), (charlie, "hello"), (bob, f"{SECRET} again"))
        cards_post(live_stream.pk, [tip(bob, SECRET), tip(None, "from nobody", name="t2")])
        owner = api_of(alice)
        assert owner.delete(f"/api/streams/{live_stream.pk}/messages?user={bob.pk}").json() == {"messages": 3}
        again = owner.delete(f"/api/streams/{live_stream.pk}/messages?user={bob.pk}").json()
        assert again == {"messages": 0}
        say(live_stream, (bob, "sorry"))

        assert SECRET not in everywhere(live_stream, api)
        shown = api.get(f"/api/streams/{live_stream.pk}/messages").json()["results"]
        assert [each["text"] for each in shown] == ["sorry", "from nobody", "", "hello"]
        purged = [each for each in events_of(api, live_stream) if each["type"] == "chat:purged"]
        assert purged == [{"type": "chat:purged", "seq": 6, "user": str(bob.pk), "up_to_seq": 5}]
        assert AuditEvent.objects.get(action="messages.purged").after == {"messages": 3}

    def test_the_room_is_cleared(
        self, live_stream: Stream, alice: User, bob: User, api: APIClient, api_of: ApiOf
    ) -> None:
        say(live_stream, (bob, SECRET), (alice, SECRET))
        cards_post(live_stream.pk, [tip(None, SECRET), gift(bob)])
        assert api_of(alice).delete(f"/api/streams/{live_stream.pk}/messages").json() == {"messages": 3}
        assert SECRET not in everywhere(live_stream, api)
        assert events_of(api, live_stream, after=4) == [
            {"type": "chat:purged", "seq": 5, "user": None, "up_to_seq": 4}
        ]
        assert StreamRooms().load(live_stream.pk).state.pins == ()
        assert set(ChatMessage.objects.exclude(kind="gift").values_list("text", flat=True)) == {SECRET}

    def test_it_costs_the_same_however_many(self, live_stream: Stream, alice: User, bob: User) -> None:
        costs = []
        for size in (1, 15):
            say(live_stream, *[(bob, f"line {number}") for number in range(size)])
            cards_post(live_stream.pk, [tip(bob, "words", name=f"{size}-{number}") for number in range(size)])
            before = last_seq(live_stream.pk)
            with CaptureQueriesContext(connection) as queries:
                messages_purge(actor=alice, stream_id=live_stream.pk, person=bob)
            assert last_seq(live_stream.pk) == before + 1
            costs.append(
                len([each for each in queries if "realtime_" in each["sql"] or "chat_" in each["sql"]])
            )
        assert costs[0] == costs[1] <= 7

    def test_a_ban_takes_away_what_was_said_where_it_is_to(
        self, live_stream: Stream, alice: User, bob: User, api: APIClient
    ) -> None:
        say(live_stream, (bob, SECRET))
        person_ban(actor=alice, channel=alice, person=bob, reason="no")
        assert SECRET in everywhere(live_stream, api)
        person_ban(actor=alice, channel=alice, person=bob, reason="no", purge=True)
        assert SECRET not in everywhere(live_stream, api)
        assert ChatMessage.objects.get().removed_by_id == alice.party_id

    def test_the_reason_is_cleaned_and_as_short_as_at_other_doors(
        self, live_stream: Stream, alice: User, bob: User
    ) -> None:
        (message_id,) = say(live_stream, (bob, SECRET))
        with pytest.raises(InvalidInput):
            message_remove(actor=alice, stream_id=live_stream.pk, message_id=message_id, reason="x" * 501)
        message_remove(
            actor=alice, stream_id=live_stream.pk, message_id=message_id, reason="r\u202eude,\nvery"
        )
        assert AuditEvent.objects.get(action="message.deleted").reason == "rude, very"

    def test_what_a_ban_takes_away_is_in_the_trail_of_who_asked_for_it(
        self, live_stream: Stream, alice: User, bob: User, charlie: User
    ) -> None:
        member_invite(actor=alice, channel=alice, person=charlie, role="moderator")
        invitation_accept(person=charlie, channel=alice)
        say(live_stream, (bob, SECRET))
        person_ban(actor=alice, channel=alice, person=bob, reason="no")
        for _ in range(2):
            person_ban(actor=charlie, channel=alice, person=bob, reason="no", purge=True)
        assert ChatMessage.objects.get().removed_by_id == charlie.party_id
        event = AuditEvent.objects.get(action="messages.purged")
        assert (event.actor_party_id, event.whom_party_id) == (charlie.party_id, bob.party_id)
        assert event.after == {"messages": 1}

    def test_what_somebody_said_who_is_suspended_meanwhile(
        self, live_stream: Stream, alice: User, bob: User, api_of: ApiOf
    ) -> None:
        say(live_stream, (bob, SECRET))
        user_suspend(user=bob, by=None)
        done = api_of(alice).delete(f"/api/streams/{live_stream.pk}/messages?user={bob.pk}")
        assert (done.status_code, done.json()) == (200, {"messages": 1})

    def test_without_an_account_nobody_clears_anything(self, live_stream: Stream, api: APIClient) -> None:
        assert api.delete(f"/api/streams/{live_stream.pk}/messages").status_code == 401

    def test_a_moderator_purges_nobody_above(
        self, live_stream: Stream, alice: User, bob: User, api_of: ApiOf
    ) -> None:
        member_invite(actor=alice, channel=alice, person=bob, role="moderator")
        invitation_accept(person=bob, channel=alice)
        say(live_stream, (alice, "welcome"))
        refused = api_of(bob).delete(f"/api/streams/{live_stream.pk}/messages?user={alice.pk}")
        assert (refused.status_code, refused.json()["code"]) == (403, "not_your_place")
        assert ChatMessage.objects.get().removed_at is None

    def test_of_a_stream_that_is_not_there(self, alice: User) -> None:
        with pytest.raises(NotFound):
            chat_clear(actor=alice, stream_id=uuid4())


def test_ones_own_data_has_it_marked(live_stream: Stream, alice: User, bob: User) -> None:
    kept, gone = say(live_stream, (bob, "kept"), (bob, SECRET))
    message_remove(actor=alice, stream_id=live_stream.pk, message_id=gone)
    rows = json.loads(export(bob)["messages.json"])
    assert [(row["id"], row["text"], row["removed_at"] is not None) for row in rows] == [
        (str(kept), "kept", False),
        (str(gone), SECRET, True),
    ]


class TestInAnOpenRoom:
    """What the process with the sockets makes of the events, without a look at the database."""

    def said(self, seq: int, user: str | None, **fields: Any) -> ChatMessageEvent:
        author = Author(id=user, name=user, role="viewer") if user else None
        values = {"kind": "chat", "text": SECRET, "card": None} | fields
        return ChatMessageEvent(
            seq=seq, id=f"m{seq}", client_id=None, user=author, at=timezone.now().isoformat(), **values
        )

    def tipped(self, seq: int, user: str | None) -> ChatMessageEvent:
        until = (timezone.now() + timedelta(minutes=9)).astimezone(UTC).isoformat()
        card = TipCard(tip=f"t{seq}", amount=500, currency="usd", tier=2, pinned_until=until)
        return self.said(seq, user, kind="tip", card=card)

    async def test_newcomers_are_not_shown_a_removed_line(self) -> None:
        room = room_at()
        room.state = StreamRoomState(creator_id=None, status="live", paused=False)
        received = enter(room)[1]
        room.receive(
            [
                entry_of(self.said(1, "bob")),
                entry_of(self.said(2, "bob", text="fine")),
                entry_of(ChatRemovedEvent(seq=3, id="m1")),
            ]
        )
        assert [each["text"] for each in json.loads(bytes(room.history))] == ["fine"]
        del received

    @pytest.mark.parametrize(
        ("user", "left"),
        [("bob", [("m2", SECRET), ("m3", ""), ("m4", SECRET)]), (None, [("m3", ""), ("m4", "")])],
    )
    async def test_nor_what_was_purged(self, user: str | None, left: list[tuple[str, str]]) -> None:
        room = room_at()
        room.state = StreamRoomState(creator_id=None, status="live", paused=False)
        purge = ChatPurgedEvent(seq=5, user=user, up_to_seq=4)
        later = self.said(6, "bob", text="sorry")
        room.receive(
            [
                entry_of(self.said(1, "bob")),
                entry_of(self.said(2, "charlie")),
                entry_of(self.tipped(3, "bob")),
                entry_of(self.tipped(4, None)),
                entry_of(purge),
                entry_of(later),
            ]
        )
        shown = [(each["id"], each["text"]) for each in json.loads(bytes(room.history))]
        assert shown == [*left, ("m6", "sorry")]
        pinned = [each["id"] for each in json.loads(bytes(room.state.public().pins))]
        assert pinned == ([] if user is None else ["m4"])

    async def test_a_pin_that_was_looked_up_meanwhile_stays(self) -> None:
        room = room_at()
        newer = pin_of(self.tipped(7, "bob"))
        assert newer is not None
        room.state = StreamRoomState(creator_id=None, status="live", paused=False, pins=(newer,))
        room.receive([entry_of(ChatPurgedEvent(seq=1, user="bob", up_to_seq=0))])
        assert room.state.pins == (newer,)
