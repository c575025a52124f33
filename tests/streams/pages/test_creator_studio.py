"""The studio is its creator's alone, and says after the end what happened."""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import time_machine
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from accounts.services import follow_create
from core.ids import new_id
from streams.models import EndReason, Stream, ViewerSession
from streams.services import stream_end

BrowserOf = Callable[[User], Client]


def address(stream: Stream) -> str:
    return f"/stream/broadcast/{stream.pk}"


def props(client: Client, stream: Stream) -> dict[str, Any]:
    page = client.get(address(stream)).content.decode()
    found = re.search(r'<script id="studio-props" type="application/json">(.*?)</script>', page, re.DOTALL)
    assert found
    loaded: dict[str, Any] = json.loads(found[1])
    return loaded


def test_the_creator_sees_it(browser_of: BrowserOf, alice: User, stream: Stream) -> None:
    given = props(browser_of(alice), stream)
    assert given["stream"]["id"] == str(stream.pk)
    assert given["stream"]["status"] == "scheduled"
    assert given["sending_elsewhere"] is False
    assert given["grace_seconds"] == 60
    assert given["channel_url"] == "/live/alice"


def test_everybody_else_finds_nothing(
    browser_of: BrowserOf, charlie: User, admin: User, stream: Stream
) -> None:
    for other in (charlie, admin):
        assert browser_of(other).get(address(stream)).status_code == 404
        assert browser_of(other).get(f"{address(stream)}/summary").status_code == 404


def test_a_stranger_is_asked_to_sign_in_and_comes_back(client: Client, stream: Stream) -> None:
    assert client.get(address(stream))["Location"] == f"/accounts/login/?next={address(stream)}"


def test_a_stream_that_does_not_exist_is_not_found(browser_of: BrowserOf, alice: User) -> None:
    client = browser_of(alice)
    assert client.get("/stream/broadcast/01890000-0000-7000-8000-000000000000").status_code == 404


def test_it_knows_that_pictures_come_already(browser_of: BrowserOf, alice: User, live_stream: Stream) -> None:
    assert props(browser_of(alice), live_stream)["sending_elsewhere"] is True
    stream_end(stream_id=live_stream.pk, reason=EndReason.CREATOR)
    assert props(browser_of(alice), live_stream)["sending_elsewhere"] is False


def test_the_title_is_text_and_never_markup(browser_of: BrowserOf, alice: User, stream: Stream) -> None:
    Stream.objects.update(title="<b>Cello</b>")
    page = browser_of(alice).get(address(stream)).content.decode()
    assert "<b>Cello</b>" not in page
    assert "&lt;b&gt;Cello&lt;/b&gt;" in page


def test_the_page_needs_no_more_queries_than_these(
    browser_of: BrowserOf, alice: User, stream: Stream, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = browser_of(alice)
    # user, stream with its creator, whether an encoder sent last, the notice about the e-mail; new notices, remembered
    with django_assert_num_queries(5):
        client.get(address(stream))


def test_the_summary_tells_five_numbers(
    browser_of: BrowserOf, alice: User, bob: User, charlie: User, admin: User, live_stream: Stream
) -> None:
    now = timezone.now()
    with time_machine.travel(now - timedelta(minutes=6)):
        follow_create(follower=admin, creator=alice)
    follow_create(follower=bob, creator=alice)
    for seconds in (40, 50):
        ViewerSession.objects.create(
            stream=live_stream,
            id=new_id(),
            viewer_id=f"a:{seconds}",
            joined_at=now,
            last_seen_at=now,
            media_seen_at=now,
            seconds_watched=seconds,
        )
    Stream.objects.update(viewers_total=2, viewers_peak=2)
    with time_machine.travel(now + timedelta(minutes=5), tick=False):
        stream_end(stream_id=live_stream.pk, reason=EndReason.CREATOR)
    with time_machine.travel(now + timedelta(minutes=6)):
        follow_create(follower=charlie, creator=alice)
    answer = browser_of(alice).get(f"{address(live_stream)}/summary")
    assert answer["Cache-Control"].startswith("max-age=0")
    told = answer.json()
    assert told.pop("settled") is False
    assert 299 <= told.pop("duration_seconds") <= 301
    assert told == {
        "viewers": 2,
        "peak": 2,
        "watched_seconds": 90,
        "new_followers": 1,
        "end_reason": "creator",
        "refusal": None,
    }


def test_the_summary_of_a_stream_that_was_never_on_is_all_zero(
    browser_of: BrowserOf, alice: User, stream: Stream
) -> None:
    stream_end(stream_id=stream.pk, reason=EndReason.CREATOR)
    told = browser_of(alice).get(f"{address(stream)}/summary").json()
    numbers = ("duration_seconds", "viewers", "peak", "watched_seconds", "new_followers")
    assert [told[name] for name in numbers] == [0, 0, 0, 0, 0]
