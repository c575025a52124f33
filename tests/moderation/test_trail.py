"""A channel's trail: what is in it, who reads it, and that nobody changes it."""

import asyncio
import csv
import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from core.models import AuditEvent
from moderation.bans.services import person_ban, person_time_out, person_unban, person_warn
from moderation.history import export
from moderation.history.words import changes
from moderation.modes.services import modes_set, shield_lower, shield_raise
from moderation.team.services import invitation_accept, member_invite

pytestmark = pytest.mark.django_db(transaction=True)
ApiOf = Callable[[User], APIClient]
BrowserOf = Callable[[User], Client]
TRAIL, PAGE = "/api/channels/alice/trail", "/studio/moderation/trail"


@pytest.fixture
def max_(make_user: Callable[..., User], alice: User) -> User:
    """A moderator of alice's."""
    person = make_user("max")
    member_invite(actor=alice, channel=alice, person=person, role="moderator")
    invitation_accept(person=person, channel=alice)
    return person


def told(api: APIClient, asked: str = "") -> list[tuple[str, str]]:
    page = api.get(f"{TRAIL}?{asked}")
    assert page.status_code == 200, page.content
    return [(event["action"], event["changes"]) for event in page.json()["results"]]


def test_each_act_is_told_with_what_it_changed(api_of: ApiOf, alice: User, bob: User, max_: User) -> None:
    modes_set(actor=max_, channel=alice, slow_seconds=30, links="block")
    modes_set(actor=alice, channel=alice, slow_seconds=None)
    shield_raise(actor=alice, channel=alice)
    shield_lower(actor=alice, channel=alice)
    person_time_out(actor=None, channel=alice, person=bob, seconds=600, reason="a word")
    person_ban(actor=max_, channel=alice, person=bob, reason="again")
    person_unban(actor=alice, channel=alice, person=bob)
    person_warn(actor=max_, channel=alice, person=bob, reason="be kind")

    page = api_of(max_).get(TRAIL).json()["results"]
    assert [event["action"] for event in page][::-1] == [
        "team.invited",
        "team.accepted",
        "modes.changed",
        "modes.changed",
        "shield.raised",
        "shield.lowered",
        "person.timed_out",
        "person.banned",
        "person.unbanned",
        "person.warned",
    ]
    words = {event["action"]: event["changes"] for event in page}
    assert [event["changes"] for event in page if event["action"] == "modes.changed"] == [
        "slow mode: 30 seconds → off",
        "slow mode: off → 30 seconds; links: allowed → blocked",
    ]
    assert words["shield.raised"] == (
        "slow mode: off → 30 seconds; followers only: off → 10 minutes; automatic filter: level 0 → level 4"
    )
    assert words["person.timed_out"] == "nothing → timeout of 10 minutes"
    assert words["person.unbanned"] == "banned → nothing"
    assert words["team.invited"] == "role: moderator"
    by_a_rule = page[3]
    assert (by_a_rule["by"], by_a_rule["whom"]["username"], by_a_rule["reason"]) == (None, "bob", "a word")
    warned = page[0]
    assert (warned["by"]["username"], warned["reason"]) == ("max", "be kind")


def test_a_long_list_is_told_in_short() -> None:
    terms = [f"word{number}" for number in range(9)]
    assert changes("term.added", None, {"action": "mask", "terms": terms}) == (
        "terms: “word0”, “word1”, “word2”, “word3”, “word4” and 4 more; what happens: masked"
    )


def test_filters(api_of: ApiOf, alice: User, bob: User, charlie: User, max_: User) -> None:
    person_time_out(actor=None, channel=alice, person=bob, seconds=60, reason="")
    person_ban(actor=max_, channel=alice, person=bob)
    person_ban(actor=alice, channel=alice, person=charlie)
    api = api_of(max_)

    def actions(asked: str) -> list[str]:
        return [action for action, _changes in told(api, asked)]

    assert actions("action=person.banned") == ["person.banned", "person.banned"]
    assert actions("who=@MAX&action=person.banned") == ["person.banned"]
    assert actions("who=-") == ["person.timed_out"]
    assert actions("whom=bob") == ["person.banned", "person.timed_out"]
    assert actions("whom=nobody-here") == []
    today = timezone.now().date()
    assert len(actions(f"from={today}&to={today}")) == 5
    assert actions(f"from={today + timedelta(days=1)}") == []
    assert actions(f"to={today - timedelta(days=1)}") == []
    assert len(actions("to=9999-12-31")) == 5
    assert api.get(f"{TRAIL}?from=yesterday").json()["code"] == "invalid_input"

    first = api.get(f"{TRAIL}?limit=2").json()
    rest = api.get(first["next"]).json()
    ids = [event["id"] for event in first["results"] + rest["results"]]
    assert len(set(ids)) == 4
    assert rest["previous"] is not None


def test_only_the_team_reads_it(
    api_of: ApiOf, browser_of: BrowserOf, alice: User, bob: User, charlie: User, max_: User, admin: User
) -> None:
    member_invite(actor=alice, channel=alice, person=charlie, role="vip")
    invitation_accept(person=charlie, channel=alice)
    person_ban(actor=max_, channel=alice, person=bob)
    for reader in (alice, max_, admin):
        assert api_of(reader).get(TRAIL).status_code == 200
        assert browser_of(reader).get(f"{PAGE}?channel=alice").status_code == 200
    for stranger in (bob, charlie):
        for asked in ("", "?format=csv"):
            assert api_of(stranger).get(TRAIL + asked).json()["code"] == "not_your_place"
        for page in (PAGE, f"{PAGE}.csv"):
            assert browser_of(stranger).get(f"{page}?channel=alice").status_code == 404
    assert APIClient().get(TRAIL).status_code == 401
    assert Client().get(PAGE)["Location"].startswith("/accounts/login/")


def test_a_team_reads_nothing_of_another_channel(
    api_of: ApiOf, browser_of: BrowserOf, alice: User, bob: User, charlie: User, max_: User
) -> None:
    person_ban(actor=max_, channel=alice, person=charlie, reason="said at alice's")
    person_warn(actor=bob, channel=bob, person=charlie, reason="said at bob's")
    # What staff did, and what somebody did with their account, is nobody's channel.
    AuditEvent.objects.create(
        action="user.suspended", target=f"user:{charlie.pk}", whom_party_id=charlie.party_id
    )
    own = api_of(bob).get("/api/channels/bob/trail?whom=charlie").json()["results"]
    assert [(event["action"], event["reason"]) for event in own] == [("person.warned", "said at bob's")]
    assert b"said at alice" not in browser_of(bob).get(f"{PAGE}?whom=charlie").content
    file = text_of(browser_of(bob).get(f"{PAGE}.csv"))
    assert "said at bob" in file
    assert "alice" not in file


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE core_auditevent SET reason = 'it was nothing'",
        "UPDATE core_auditevent SET channel_party_id = NULL",
        "DELETE FROM core_auditevent",
    ],
)
def test_the_database_changes_and_deletes_nothing(alice: User, bob: User, max_: User, statement: str) -> None:
    person_ban(actor=max_, channel=alice, person=bob, reason="spam")
    before = list(AuditEvent.objects.order_by("id").values())
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert list(AuditEvent.objects.order_by("id").values()) == before


def text_of(answer: Any) -> str:
    assert answer["Content-Type"] == "text/csv; charset=utf-8"

    async def pieces() -> bytes:
        return b"".join([piece async for piece in answer.streaming_content])

    return asyncio.run(pieces()).decode()


def test_the_file_has_each_event_once_and_no_formula(
    api_of: ApiOf, browser_of: BrowserOf, alice: User, bob: User, max_: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "ROWS_AT_ONCE", 2)
    evil = '=HYPERLINK("http://evil.example","Click, or not")'
    for reason in (evil, "+1", "-1", "@x"):
        person_warn(actor=max_, channel=alice, person=bob, reason=reason)
    for answer in (
        api_of(max_).get(f"{TRAIL}?format=csv&whom=bob"),
        browser_of(max_).get(f"{PAGE}.csv?channel=alice&whom=bob"),
    ):
        assert "trail-alice.csv" in answer["Content-Disposition"]
        text = text_of(answer)
        rows = list(csv.DictReader(io.StringIO(text, newline="")))
        assert [row["reason"] for row in rows] == ["'@x", "'-1", "'+1", f"'{evil}"]
        assert {(row["action"], row["what"], row["by"], row["whom"]) for row in rows} == {
            ("person.warned", "Warned", "max", "bob")
        }
        assert len({row["event"] for row in rows}) == 4


def test_the_file_has_an_end(
    alice: User, bob: User, browser_of: BrowserOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "ROWS_AT_ONCE", 2)
    monkeypatch.setattr(export, "ROWS_MOST", 4)
    for number in range(6):
        person_warn(actor=alice, channel=alice, person=bob, reason=str(number))
    rows = list(csv.DictReader(io.StringIO(text_of(browser_of(alice).get(f"{PAGE}.csv")))))
    assert [row["reason"] for row in rows] == ["5", "4", "3", "2"], "the newest"


@pytest.mark.parametrize("door", ["api", "page"])
def test_as_many_queries_however_much_was_done(
    api_of: ApiOf, browser_of: BrowserOf, make_user: Callable[..., User], alice: User, max_: User, door: str
) -> None:
    # 2 sign the caller in; channel, rank, events, people; the page asks for the channel and the rank at its head,
    # and for the caller's notices.
    counts = []
    for size in (2, 20):
        for number in range(size):
            person_warn(actor=max_, channel=alice, person=make_user(f"p{size}-{number}"), reason="x")
        client = api_of(max_) if door == "api" else browser_of(max_)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get(f"{TRAIL}?limit=50" if door == "api" else f"{PAGE}?channel=alice")
        # How many notices wait is asked for now and then.
        counts.append(sum("moderation_statement" not in query["sql"] for query in queries.captured_queries))
    assert counts[0] == counts[1]
    assert counts[0] <= (6 if door == "api" else 8)


def test_the_page_filters_and_goes_on(
    browser_of: BrowserOf, alice: User, bob: User, max_: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("moderation.history.pages.PAGE_SIZE", 2)
    for seconds in (60, 120, 180):
        person_time_out(actor=max_, channel=alice, person=bob, seconds=seconds, reason=f"<b>{seconds}</b>")
    browser = browser_of(alice)
    page = browser.get(f"{PAGE}?whom=bob").content.decode()
    assert "&lt;b&gt;180&lt;/b&gt;" in page
    assert page.count('data-action="person.timed_out"') == 2
    older = page.split("before=")[1].split('"')[0]
    rest = browser.get(f"{PAGE}?whom=bob&before={older}").content.decode()
    assert rest.count('data-action="person.timed_out"') == 1
    assert "nothing → timeout of 1 minute" in rest
    assert "Nothing like that." in browser.get(f"{PAGE}?action=chat.cleared").content.decode()
    wrong = browser.get(f"{PAGE}?from=never")
    assert wrong.status_code == 400


def test_who_was_erased_is_told_as_nobody(api_of: ApiOf, alice: User, bob: User) -> None:
    person_warn(actor=alice, channel=alice, person=bob, reason="x")
    bob.delete()
    event = api_of(alice).get(TRAIL).json()["results"][0]
    assert event["whom"]["username"] == "deleted"
