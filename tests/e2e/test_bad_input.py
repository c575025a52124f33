"""Bad input as a person meets it: a clear word at the right place, and nothing typed is lost."""

import os
import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import APIResponse, Page, expect

from tests.browsers import Visitors
from tests.streaming import end_stream, expect_moving_pictures, go_live, player_of

pytestmark = pytest.mark.e2e


def post(page: Page, path: str, **options: object) -> APIResponse:
    """As a script on the page would, with its cookies and its token."""
    token = next(each["value"] for each in page.context.cookies() if each["name"] == "csrftoken")
    headers = {"X-CSRFToken": token, "Referer": page.url}
    return page.request.post(path, headers=headers, **options)  # type: ignore[arg-type]


def test_a_title_of_101_characters_is_told_and_kept(visitors: Visitors) -> None:
    mara = visitors.sign_in("mara")
    mara.goto("/creator/go-live")
    mara.get_by_label("Title").fill("x" * 101)
    mara.get_by_label("Description").fill("Kept.")
    expect(mara.get_by_text("1 character too many")).to_be_visible()
    mara.get_by_role("button", name="Go live").dispatch_event("click")  # it says why it would not do
    expect(mara.get_by_text("The title is too long.")).to_be_visible()
    expect(mara.get_by_label("Title")).to_be_focused()
    expect(mara.get_by_label("Title")).to_have_value("x" * 101)
    expect(mara.get_by_label("Description")).to_have_value("Kept.")
    # The page only says it earlier; the server says it too.
    refused = post(mara, "/api/streams/create", data={"title": "x" * 101})
    assert refused.status == 400
    assert refused.json()["code"] == "invalid_input"
    assert list(refused.json()["details"]) == ["title"]


def test_a_picture_of_20_megabytes_is_told_and_the_rest_kept(visitors: Visitors, tmp_path: Path) -> None:
    large = tmp_path / "large.png"
    Image.frombytes("RGB", (2600, 2600), os.urandom(2600 * 2600 * 3)).save(large)
    assert large.stat().st_size > 20_000_000
    mara = visitors.sign_in("mara")
    mara.goto("/creator/go-live")
    mara.get_by_label("Title").fill("Kept")
    mara.get_by_label(re.compile("^Picture")).set_input_files(large)
    expect(
        mara.get_by_text(re.compile(r"This picture has \d+ MB. Choose one of at most 8 MB."))
    ).to_be_visible()
    expect(mara.get_by_label("Title")).to_have_value("Kept")
    refused = post(
        mara,
        "/api/streams/create",
        multipart={
            "title": "Kept",
            "thumbnail": {"name": "large.png", "mimeType": "image/png", "buffer": large.read_bytes()},
        },
    )
    assert refused.status in {400, 413}
    assert set(refused.json()) == {"code", "details"}
    mara.goto("/creator/go-live")
    expect(mara.get_by_text("Studio of Kept")).not_to_be_attached()


def test_html_as_a_name_is_told_or_shown_as_text(visitors: Visitors) -> None:
    visitors.expect_refusals()
    name = "<b>bold</b><script>alert(1)</script>"
    page = visitors.come()
    page.goto("/accounts/signup/")
    page.get_by_label("Username").fill("<script>alert(1)</script>")
    page.get_by_label("E-mail").fill("html@example.com")
    page.get_by_label("Password").fill("a long walk in the rain")
    page.get_by_label("Date of birth").fill("1990-05-01")
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_role("alert")).to_contain_text("Username")
    expect(page.get_by_label("E-mail")).to_have_value("html@example.com")

    jonas = visitors.sign_in("jonas")
    jonas.goto("/settings/profile")
    jonas.get_by_label("Name", exact=True).fill(name)
    jonas.get_by_role("button", name="Save").click()
    jonas.goto("/live/jonas")
    expect(jonas.get_by_role("heading", level=1)).to_have_text(name)


def test_a_third_stream_is_refused_with_a_way_out(visitors: Visitors) -> None:
    studios = [visitors.sign_in("mara") for _ in range(2)]
    ids = [go_live(studio, f"Number {number}") for number, studio in enumerate(studios, 1)]
    third = visitors.sign_in("mara")
    third.goto("/creator/go-live")
    third.get_by_label("Title").fill("Number 3")
    told = third.get_by_text("You have as many streams running as you may.").first
    expect(told).to_be_visible()
    refused = post(third, "/api/streams/create", data={"title": "Number 3"})
    assert refused.status == 409
    assert refused.json()["code"] == "too_many_streams"
    assert set(refused.json()["details"]["streams"]) == set(ids)
    # The way out is right there.
    row = third.get_by_role("listitem").filter(has_text="Studio of Number 1")
    row.get_by_role("button", name="End it").click()
    expect(told).not_to_be_visible()
    expect(studios[0].get_by_role("heading", name="The stream has ended")).to_be_visible()
    end_stream(studios[1])


def test_a_stranger_neither_opens_the_studio_nor_ends_the_stream(visitors: Visitors) -> None:
    visitors.expect_refusals()
    studio = visitors.sign_in("jonas")
    stream_id = go_live(studio, "Mine")
    stranger = visitors.sign_in("ben")
    answer = stranger.goto(f"/stream/broadcast/{stream_id}")
    assert answer is not None
    assert answer.status == 404
    stranger.goto(f"/stream/{stream_id}")
    expect_moving_pictures(stranger)
    refused = post(stranger, f"/api/streams/{stream_id}/end")
    assert (refused.status, refused.json()["code"]) == (403, "forbidden")
    taken = stranger.request.get(f"/api/streams/{stream_id}/broadcast-token")
    assert (taken.status, taken.json()["code"]) == (403, "forbidden")
    anonymous = visitors.come()
    anonymous.goto(f"/stream/{stream_id}")
    assert post(anonymous, f"/api/streams/{stream_id}/end").status == 401
    expect_moving_pictures(stranger)
    expect(player_of(stranger)).not_to_contain_text("The stream has ended")
    end_stream(studio)
    over = stranger.request.get(f"/api/streams/{stream_id}/token")
    assert (over.status, over.json()["code"]) == (410, "stream_ended")
