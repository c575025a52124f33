"""The spine of Busk as its people live through it, from an empty machine to the end of a first stream."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browsers import Visitors
from tests.servers import Busk
from tests.streaming import (
    chat_of,
    end_stream,
    expect_moving_pictures,
    go_live,
    lines_with,
    on_air,
    player_of,
    say,
    wait_until,
)

pytestmark = pytest.mark.e2e

# Remembers what the page opens, to see afterwards that it let go of it.
REMEMBER_TRACKS = """
window.tracks = [];
const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = async (asked) => {
  const stream = await open(asked);
  window.tracks.push(...stream.getTracks());
  return stream;
};
"""


def sign_up(page: Page, username: str) -> None:
    """Make an account and confirm its address with the mail that comes."""
    page.goto("/accounts/signup/")
    page.get_by_label("Username").fill(username)
    page.get_by_label("E-mail").fill(f"{username}@example.com")
    page.get_by_label("Password").fill("a long walk in the rain")
    page.get_by_label("Date of birth").fill("1990-05-01")
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_label("Your account")).to_be_visible()
    page.goto("/dev/mail/")
    mail = page.get_by_role("article").filter(has_text=f"{username}@example.com").first
    mail.get_by_role("link", name=re.compile("confirm-email")).click()
    page.get_by_role("button", name="Yes, confirm it").click()
    expect(page.get_by_label("Your account")).to_be_visible()


def test_from_signing_up_to_the_end_of_the_first_stream(busk: Busk, visitors: Visitors) -> None:
    somebody = visitors.come()
    somebody.goto("/live")
    expect(somebody.get_by_text("Nobody is live right now")).to_be_visible()

    studio = visitors.come()
    studio.add_init_script(REMEMBER_TRACKS)
    sign_up(studio, "nadia")
    stream_id = go_live(studio, "Cello in the rain")
    assert busk.encoders != []

    # The card comes by itself, and leads to moving pictures.
    card = somebody.get_by_role("link").filter(has_text="Cello in the rain")
    card.click()
    somebody.wait_for_url(f"**/stream/{stream_id}")
    expect_moving_pictures(somebody)
    expect(somebody.get_by_role("heading", name="Cello in the rain")).to_be_visible()

    # Everybody sees the same count, and the creator is not in it.
    expect(studio.get_by_text("1 viewer", exact=True)).to_be_attached()
    expect(somebody.get_by_text("1 viewer", exact=True)).to_be_attached()
    somebody.goto("/live")
    expect(studio.get_by_text("0 viewers", exact=True)).to_be_attached()

    # A viewer with an account talks with the creator, and follows her.
    ada = visitors.sign_in("ada")
    ada.goto(f"/stream/{stream_id}")
    expect_moving_pictures(ada)
    say(ada, "Is that <b>Bach</b>?")
    expect(chat_of(studio)).to_contain_text("Is that <b>Bach</b>?")
    say(studio, "The first suite.")
    expect(chat_of(ada)).to_contain_text("The first suite.")
    assert lines_with(ada, re.compile(r"Bach|suite")) == ["Bach", "suite"]
    ada.get_by_role("button", name="Follow").click()
    expect(ada.get_by_role("button", name="Following")).to_be_visible()

    # The end, for everybody.
    somebody.goto("/live")
    expect(card).to_be_visible()
    end_stream(studio)
    expect(player_of(ada)).to_contain_text("The stream has ended")
    expect(ada.get_by_text("The stream has ended, and so has the chat.")).to_be_visible()
    expect(somebody.get_by_text("Nobody is live right now")).to_be_visible()
    expect(on_air(studio)).not_to_be_visible()
    states = studio.evaluate("window.tracks.map((track) => track.readyState)")
    assert states
    assert set(states) == {"ended"}
    wait_until(studio, lambda: busk.encoders == [], "the end of ffmpeg")

    told = studio.request.get(f"/api/streams/{stream_id}").json()
    assert told["status"] == "ended"
    assert told["end_reason"] == "creator"
    assert told["viewers"] == {"current": 0, "peak": 1, "total": 2}
    assert told["duration_seconds"] > 0
    assert ada.request.get(f"/api/streams/{stream_id}/token").status == 410
