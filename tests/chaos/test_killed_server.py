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
    print(f"moves again {time.monotonic() - began:.1f} s after the restart")
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


@pytest.mark.parametrize("after_ms", [0, 15, 60])
def test_killed_while_ending_it_has_ended(busk: Busk, stream: tuple[str, Page, Page], after_ms: int) -> None:
    """The kill comes somewhere between the request and its last effect; where, differs from run to run."""
    stream_id, studio, viewer = stream
    studio.evaluate(
        """(id) => {
          const token = document.cookie.match(/csrftoken=([^;]*)/)[1];
          fetch(`/api/streams/${id}/end`, {method: "POST", headers: {"X-CSRFToken": token}}).catch(() => undefined);
        }""",
        stream_id,
    )
    wait_until(
        viewer,
        lambda: settled(busk, stream_id)["status"] == "ended",
        "the end in the database",
    )
    time.sleep(after_ms / 1000)
    busk.kill()
    print(f"killed {after_ms} ms after the commit: {settled(busk, stream_id)}")
    busk.start()
    expect(studio.get_by_role("heading", name="The stream has ended")).to_be_visible(timeout=60_000)
    expect(player_of(viewer)).to_contain_text("The stream has ended", timeout=60_000)
    wait_until(
        viewer,
        lambda: bool(settled(busk, stream_id)["settled"]) and not settled(busk, stream_id)["undelivered"],
        "a settled stream and an empty outbox",
        patience_ms=90_000,
    )
    row = settled(busk, stream_id)
    assert (row["end_reason"], row["open"]) == ("creator", 0)
    assert (row["viewers_current"], row["viewers_peak"], row["viewers_total"]) == (0, 1, 1)
    assert busk.encoders == []
