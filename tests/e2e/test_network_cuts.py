"""Lines that break: everything comes back by itself, nobody reloads, nobody clicks."""

import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browsers import Visitors
from tests.proxy import Proxy
from tests.servers import Busk
from tests.streaming import (
    end_stream,
    expect_moving_pictures,
    go_live,
    lines_with,
    on_air,
    player_of,
    record,
    say,
)

pytestmark = pytest.mark.e2e

GRACE_SECONDS = 20
CUT_MS = 10_000
SETTINGS = {"BUSK_STREAM_GRACE_SECONDS": str(GRACE_SECONDS)}


@pytest.fixture
def line(busk: Busk) -> Iterator[Proxy]:
    """Between one visitor and the server."""
    line = Proxy(busk.port)
    yield line
    line.close()


@pytest.fixture
def reloads(visitors: Visitors) -> Iterator[list[str]]:
    """Fails the test when a watched page was loaded again: coming back must not need it."""
    loaded: list[str] = []
    yield loaded
    assert loaded == []


def watch_reloads(page: Page, loaded: list[str]) -> None:
    page.on("load", lambda page: loaded.append(page.url))


@pytest.mark.parametrize("kind", ["reset", "blackhole"])
def test_the_creators_cut_line_comes_back_into_the_same_stream(
    kind: str, visitors: Visitors, line: Proxy, reloads: list[str]
) -> None:
    visitors.expect_line_cuts()
    studio = visitors.sign_in("mara", by=line.url)
    stream_id = go_live(studio, f"Line with a {kind}")
    viewer = visitors.come()
    viewer.goto(f"/stream/{stream_id}")
    expect_moving_pictures(viewer)
    watch_reloads(studio, reloads)
    watch_reloads(viewer, reloads)

    line.reset() if kind == "reset" else line.blackhole()
    cut_at = time.monotonic()
    expect(studio.get_by_text("Reconnecting")).to_be_visible()
    expect(player_of(viewer)).to_contain_text("Be right back")
    record(f"{kind}: told that the creator is away", since=cut_at)
    studio.wait_for_timeout(max(0, CUT_MS - (time.monotonic() - cut_at) * 1000))
    line.restore()
    restored_at = time.monotonic()
    expect(on_air(studio)).to_be_visible()
    expect(player_of(viewer)).not_to_contain_text("Be right back")
    expect_moving_pictures(viewer)
    record(f"{kind}: moves again after the line is back", since=restored_at)

    told = viewer.request.get(f"/api/streams/{stream_id}").json()
    assert told["status"] == "live"
    assert told["paused"] is False
    end_stream(studio)


def test_a_creator_who_stays_away_has_ended_the_stream(visitors: Visitors, line: Proxy) -> None:
    visitors.expect_line_cuts()
    studio = visitors.sign_in("mara", by=line.url)
    stream_id = go_live(studio, "Too long away")
    viewer = visitors.come()
    viewer.goto(f"/stream/{stream_id}")
    expect_moving_pictures(viewer)

    line.blackhole()
    expect(player_of(viewer)).to_contain_text("Be right back")
    ended = player_of(viewer).get_by_text("The stream has ended")
    expect(ended).to_be_visible(timeout=(GRACE_SECONDS + 30) * 1000)
    line.restore()
    expect(studio.get_by_role("heading", name="The stream has ended")).to_be_visible()
    expect(studio.get_by_text("Your pictures did not come back in time.")).to_be_visible()
    told = viewer.request.get(f"/api/streams/{stream_id}").json()
    assert (told["status"], told["end_reason"]) == ("ended", "lost")


def test_a_viewers_cut_line_loses_no_message_and_shows_none_twice(
    visitors: Visitors, line: Proxy, reloads: list[str]
) -> None:
    visitors.expect_line_cuts()
    studio = visitors.sign_in("jonas")
    stream_id = go_live(studio, "Counting")
    viewer = visitors.sign_in("ben", by=line.url)
    viewer.goto(f"/stream/{stream_id}")
    expect_moving_pictures(viewer)
    watch_reloads(viewer, reloads)
    say(studio, "number 1.")
    expect(viewer.get_by_text("number 1.")).to_be_visible()

    line.blackhole()
    for number in range(2, 8):
        say(studio, f"number {number}.")
        studio.wait_for_timeout(1500)
    expect(viewer.get_by_text("Connection lost.")).to_be_visible()
    line.restore()
    expect(viewer.get_by_text("number 7.")).to_be_visible()
    say(studio, "number 8.")
    expect(viewer.get_by_text("number 8.")).to_be_visible()
    counted = lines_with(viewer, re.compile(r"number \d"))
    assert counted == [f"number {number}" for number in range(1, 9)]
    expect(viewer.get_by_text("Connection lost.")).not_to_be_visible()
    expect_moving_pictures(viewer)
    # One viewer before the cut and one after it.
    expect(studio.get_by_text("1 viewer", exact=True)).to_be_attached()
