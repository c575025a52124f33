"""A person's card: who they are for everybody, and what the team has to know for the team."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.models import User
from accounts.services import follow_create
from chat.removals import message_remove
from chat.services import cards_post
from moderation.bans.services import caution_read, person_ban, person_time_out, person_warn
from moderation.team.services import invitation_accept, member_invite
from streams.models import Stream
from streams.services import media_arrived, stream_create
from tests.chat.test_removals import gift, say, tip

pytestmark = pytest.mark.django_db(transaction=True)
ApiOf = Callable[[User], APIClient]


def address(person: User) -> str:
    return f"/api/channels/alice/people/{person.pk}"


def joined(channel: User, person: User, role: str) -> None:
    member_invite(actor=channel, channel=channel, person=person, role=role)
    invitation_accept(person=person, channel=channel)


def test_the_team_sees_what_happened(
    live_stream: Stream, alice: User, bob: User, charlie: User, api_of: ApiOf
) -> None:
    joined(alice, charlie, "moderator")
    follow_create(follower=bob, creator=alice)
    first, _second = say(live_stream, (bob, "rude"), (bob, "fine"))
    cards_post(live_stream.pk, [gift(bob), tip(None, "from nobody"), tip(bob, "bravo", name="t2")])
    message_remove(actor=charlie, stream_id=live_stream.pk, message_id=first, reason="rude")
    person_warn(actor=alice, channel=alice, person=bob, reason="be nice")
    person_time_out(actor=charlie, channel=alice, person=bob, seconds=600, reason="calm down")

    card = api_of(charlie).get(address(bob)).json()

    assert (card["user"]["username"], card["rank"], card["rank_since"]) == ("bob", "nobody", None)
    assert card["follows_since"] is not None
    assert (card["ban"], card["timeout"]["reason"]) == (None, "calm down")
    assert [(each["reason"], each["read_at"]) for each in card["cautions"]] == [("be nice", None)]
    assert [(each["action"], each["by"]["name"], each["reason"]) for each in card["history"]] == [
        ("person.timed_out", "charlie", "calm down"),
        ("person.warned", "Alice", "be nice"),
        ("message.deleted", "charlie", "rude"),
    ]
    assert [(each["text"], each["removed"]) for each in card["messages"]] == [
        ("bravo", False),
        ("fine", False),
        ("rude", True),
    ]
    assert card["messages"][2]["removed_by"]["name"] == "charlie"

    person_ban(actor=alice, channel=alice, person=bob, reason="enough")
    card = api_of(charlie).get(address(bob)).json()
    assert (card["ban"]["reason"], card["timeout"]) == ("enough", None)


def test_others_see_who_it_is(
    live_stream: Stream, alice: User, bob: User, charlie: User, make_user: Callable[..., User], api_of: ApiOf
) -> None:
    joined(alice, charlie, "vip")
    say(live_stream, (charlie, "hello"))
    for reader in (bob, charlie, make_user("dora")):
        card = api_of(reader).get(address(charlie)).json()
        assert set(card) == {"user", "rank", "since", "rank_since"}
        assert (card["rank"], card["rank_since"] is not None) == ("vip", True)


def test_a_channel_sees_nothing_of_another(
    live_stream: Stream, alice: User, bob: User, charlie: User, api_of: ApiOf
) -> None:
    other, _key = stream_create(creator=charlie, title="Elsewhere")
    media_arrived(stream_id=other.pk)
    say(other, (bob, "said elsewhere"))
    person_warn(actor=charlie, channel=charlie, person=bob, reason="elsewhere")
    card = api_of(alice).get(address(bob)).json()
    assert (card["messages"], card["cautions"], card["history"]) == ([], [], [])


def test_it_costs_the_same_however_much_there_is(
    live_stream: Stream, alice: User, bob: User, charlie: User, api_of: ApiOf
) -> None:
    joined(alice, charlie, "moderator")
    client = api_of(alice)
    costs = []
    for count in (1, 5):
        said = say(live_stream, *[(bob, "rude")] * count)
        for message_id in said:
            actor = alice if count == 1 else charlie
            message_remove(actor=actor, stream_id=live_stream.pk, message_id=message_id)
            caution = person_warn(actor=actor, channel=alice, person=bob, reason="be nice")
            caution_read(person=bob, caution_id=caution.pk)
        with CaptureQueriesContext(connection) as queries:
            client.get(address(bob))
        costs.append(len(queries))
    assert costs[0] == costs[1]


def test_without_an_account_nobody_sees_any(alice: User, bob: User, api: APIClient) -> None:
    assert api.get(address(bob)).status_code == 401
