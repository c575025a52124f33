"""The server is killed, as by a machine that ran out of memory, and started again: every stream is where it belongs."""

import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browsers import Visitors
from tests.servers import Busk, serving
from tests.streaming import (
    expect_moving_pictures,
    go_live,
    lines_with,
    on_air,
    player_of,
    record,
    say,
    wait_until,
)

pytestmark = [pytest.mark.chaos, pytest.mark.e2e]

GRACE_SECONDS = 30


@pytest.fixture
def busk() -> Iterator[Busk]:
    with serving(BUSK_STREAM_GRACE_SECONDS=str(GRACE_SECONDS)) as busk:
        yield busk


@pytest.fixture
def stream(busk: Busk, visitors: Visitors) -> tuple[str, Page, Page]:
    """A running stream: its id, its studio, and a viewer who sees it move."""
    visitors.expect_line_cuts()
    studio = visitors.sign_in("mara")
    stream_id = go_live(studio, "Until the lights go out")
    viewer = visitors.sign_in("ada")
    viewer.goto(f"/stream/{stream_id}")
    expect_moving_pictures(viewer)
    expect(studio.get_by_text("1 viewer", exact=True)).to_be_attached()
    # Counts are told at once, and the sessions behind them are written together a moment later.
    wait_until(viewer, lambda: settled(busk, stream_id)["open"] == 1, "the viewer's session in the database")
    return stream_id, studio, viewer


def settled(busk: Busk, stream_id: str) -> dict[str, object]:
    """The stream's row, with how many of its sessions are still open."""
    return busk.row(
        """
        SELECT status, end_reason, settled_at IS NOT NULL AS settled, viewers_current, viewers_peak, viewers_total,
          (SELECT count(*) FROM streams_viewersession v WHERE v.stream_id = s.id AND v.left_at IS NULL) AS open,
          (SELECT count(*) FROM core_outboxfact) AS undelivered
        FROM streams_stream s WHERE s.id = %s
        """,
        stream_id,
    )


def test_killed_while_live_it_plays_on(busk: Busk, stream: tuple[str, Page, Page]) -> None:
    stream_id, studio, viewer = stream
    say(viewer, "word 1")
    expect(studio.get_by_text("word 1")).to_be_visible()
    busk.kill()
    wait_until(studio, lambda: busk.encoders == [], "the end of what the dead server fed")
    busk.start()
    began = time.monotonic()
    expect(on_air(studio)).to_be_visible()
    expect(player_of(viewer)).not_to_contain_text("Be right back")
    expect_moving_pictures(viewer)
    record("moves again after the restart", since=began)
    say(viewer, "word 2")
    expect(studio.get_by_text("word 2")).to_be_visible()
    assert lines_with(viewer, re.compile(r"word \d")) == ["word 1", "word 2"]
    expect(studio.get_by_text("1 viewer", exact=True)).to_be_attached()
    row = settled(busk, stream_id)
    assert (row["status"], row["settled"], row["viewers_total"]) == ("live", False, 1)


def test_killed_while_live_it_ends_without_its_creator(
    busk: Busk, stream: tuple[str, Page, Page], visitors: Visitors
) -> None:
    stream_id, studio, viewer = stream
    studio.close(run_before_unload=False)
    busk.kill()
    busk.start()
    ended = player_of(viewer).get_by_text("The stream has ended")
    expect(ended).to_be_visible(timeout=(GRACE_SECONDS + 45) * 1000)
    wait_until(viewer, lambda: bool(settled(busk, stream_id)["settled"]), "a settled stream")
    row = settled(busk, stream_id)
    assert (row["status"], row["end_reason"], row["open"]) == ("ended", "lost", 0)
    assert (row["viewers_current"], row["viewers_peak"], row["viewers_total"]) == (0, 1, 1)
    assert busk.encoders == []


def test_killed_before_the_end_is_committed_it_is_still_live(
    busk: Busk, stream: tuple[str, Page, Page]
) -> None:
    stream_id, studio, viewer = stream
    with busk.holding("SELECT FROM streams_stream WHERE id = %s FOR UPDATE", stream_id):
        ask_for_the_end(studio, stream_id)
        wait_until(viewer, lambda: busk.waits_for_locks() > 0, "the end, held up by a lock")
        busk.kill()
    busk.start()
    expect(on_air(studio)).to_be_visible()
    expect_moving_pictures(viewer)
    row = settled(busk, stream_id)
    assert (row["status"], row["settled"], row["undelivered"]) == ("live", False, 0)


def test_killed_between_the_commit_and_its_effects_it_ends_in_order(
    busk: Busk, stream: tuple[str, Page, Page]
) -> None:
    stream_id, studio, viewer = stream
    with busk.holding("SELECT FROM streams_viewersession WHERE stream_id = %s FOR UPDATE", stream_id):
        ask_for_the_end(studio, stream_id)
        wait_until(viewer, lambda: settled(busk, stream_id)["status"] == "ended", "the end in the database")
        busk.kill()
        # Asked before the lock goes: PostgreSQL does the dead server's last statement then, and that one only.
        row = settled(busk, stream_id)
    # The fact that the stream ended is committed with it, and waits for somebody to act on it.
    assert (row["settled"], row["open"], row["undelivered"]) == (False, 1, 1)
    busk.start()
    expect(studio.get_by_role("heading", name="The stream has ended")).to_be_visible()
    expect(player_of(viewer)).to_contain_text("The stream has ended")

    def is_done() -> bool:
        row = settled(busk, stream_id)
        return bool(row["settled"]) and row["undelivered"] == 0

    wait_until(viewer, is_done, "a settled stream and an empty outbox", patience_ms=90_000)
    row = settled(busk, stream_id)
    assert (row["end_reason"], row["open"]) == ("creator", 0)
    assert (row["viewers_current"], row["viewers_peak"], row["viewers_total"]) == (0, 1, 1)
    assert busk.encoders == []


def ask_for_the_end(studio: Page, stream_id: str) -> None:
    """Press End, in effect; the answer never comes."""
    studio.evaluate(
        """(id) => {
          const token = document.cookie.match(/csrftoken=([^;]*)/)[1];
          fetch(`/api/streams/${id}/end`, {method: "POST", headers: {"X-CSRFToken": token}}).catch(() => undefined);
        }""",
        stream_id,
    )
