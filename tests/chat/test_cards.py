"""What the server says of gifts and tips: stored and numbered like any message, once each."""

from typing import Any

import msgspec
import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.models import User
from chat.events import Author, GiftCard, TipCard
from chat.models import AuthorRole, ChatMessage
from chat.selectors import history
from chat.services import Accepted, Card, Line, cards_post, messages_accept
from realtime.events import Entry
from realtime.selectors import events_after, last_seq
from streams.models import Stream

pytestmark = pytest.mark.django_db(transaction=True)

ROSES = GiftCard(
    gift="rose", name="Rose", animation="float", rarity="common", quantity=3, coins=3, combo="c1"
)
TIP = TipCard(tip="t1", amount=500, currency="usd", tier=1, pinned_until="2026-01-01T12:00:00.000+00:00")


def card_of(giver: User | None, card: GiftCard | TipCard, client_id: str, text: str = "") -> Card:
    return Card(
        client_id=client_id,
        card=card,
        party_id=giver.party_id if giver else None,
        user=Author(id=str(giver.pk), name=giver.name, role=AuthorRole.VIEWER) if giver else None,
        text=text,
    )


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> list[Entry]:
    """What reaches the hub of this process."""
    from realtime.hub import hub

    seen: list[Entry] = []
    monkeypatch.setattr(hub, "publish_soon", lambda room_id, entries: seen.extend(entries))
    return seen


def test_cards_are_the_same_live_in_the_gap_in_history_and_by_rest(
    live_stream: Stream, bob: User, published: list[Entry], api: APIClient
) -> None:
    with CaptureQueriesContext(connection) as queries:
        cards_post(live_stream.pk, [card_of(bob, ROSES, "gift:c1"), card_of(None, TIP, "tip:o1", "Bravo")])

    assert len(queries) == 1
    assert published == events_after(live_stream.pk, 0) == history(live_stream.pk, up_to_seq=2)
    gift, tip = (msgspec.json.decode(entry.body) for entry in published)
    assert (gift["seq"], gift["kind"], gift["user"]["name"]) == (1, "gift", bob.name)
    assert gift["card"] == {"kind": "gift", **_fields(ROSES)}
    assert (tip["seq"], tip["kind"], tip["user"], tip["text"]) == (2, "tip", None, "Bravo")
    assert tip["card"] == {"kind": "tip", **_fields(TIP)}
    # The server's own name for a card would tell everybody the order.
    assert gift["client_id"] is tip["client_id"] is None
    assert api.get(f"/api/streams/{live_stream.pk}/messages").json()["results"] == [tip, gift]


def _fields(card: GiftCard | TipCard) -> dict[str, Any]:
    return {name: getattr(card, name) for name in card.__struct_fields__}


def test_a_card_is_posted_once_whoever_it_is_from(
    live_stream: Stream, bob: User, charlie: User, published: list[Entry]
) -> None:
    (first,) = cards_post(live_stream.pk, [card_of(None, TIP, "tip:o1", "Bravo")])
    again = cards_post(
        live_stream.pk,
        [card_of(None, TIP, "tip:o1"), card_of(bob, ROSES, "gift:c1"), card_of(charlie, ROSES, "gift:c1")],
    )

    assert [(answer.repeated, answer.event.seq) for answer in again] == [(True, 1), (False, 2), (True, 2)]
    assert (again[0].event.id, again[0].event.text) == (first.event.id, "Bravo")
    assert ChatMessage.objects.count() == len(published) == last_seq(live_stream.pk) == 2


def test_nobody_takes_a_cards_place_with_a_message_of_its_name(live_stream: Stream, bob: User) -> None:
    line = Line(
        user_id=bob.pk,
        party_id=bob.party_id,
        name=bob.name,
        role=AuthorRole.VIEWER,
        client_id="tip:o1",
        text="first",
    )
    messages_accept(stream_id=live_stream.pk, lines=[line])
    (posted,) = cards_post(live_stream.pk, [card_of(bob, TIP, "tip:o1")])
    (said_again,) = messages_accept(stream_id=live_stream.pk, lines=[line])

    assert not posted.repeated
    assert isinstance(said_again, Accepted)
    assert (said_again.repeated, said_again.event.text) == (True, "first")


def test_a_message_says_nothing_of_cards(live_stream: Stream, bob: User, published: list[Entry]) -> None:
    line = Line(
        user_id=bob.pk, party_id=bob.party_id, name="bob", role=AuthorRole.VIEWER, client_id="c", text="hello"
    )
    messages_accept(stream_id=live_stream.pk, lines=[line])

    assert b"card" not in published[0].body
    assert published == history(live_stream.pk, up_to_seq=1)


def test_the_database_keeps_cards_and_kinds_together(live_stream: Stream, bob: User) -> None:
    cards_post(live_stream.pk, [card_of(bob, TIP, "tip:o1")])
    with pytest.raises(IntegrityError, match="message_has_card"):
        ChatMessage.objects.update(card=None)
    with pytest.raises(IntegrityError, match="message_has_card"):
        ChatMessage.objects.update(kind="chat")
