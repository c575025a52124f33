"""Every page on a phone and on a desk, in the dark and in the light, for every eye and every hand."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browsers import DESKTOP, PHONE, Visitors
from tests.servers import Busk
from tests.streaming import chat_of, end_stream, expect_moving_pictures, go_live, say

pytestmark = pytest.mark.e2e

FOR_EVERYBODY = [
    "/live",
    "/live/mara",
    "/search?q=mara",
    "/accounts/signup/",
    "/accounts/login/",
    "/accounts/password/reset/",
    "/legal/notice",
    "/dev/mail/",
]
FOR_MEMBERS = [
    "/creator/go-live",
    "/settings/profile",
    "/wallet",
    "/earnings",
    "/settings/username",
    "/settings/blocks",
    "/settings/teams",
    "/account/notices",
    "/account/reports",
    "/settings/leave",
    "/settings/security",
    "/accounts/email/",
    "/accounts/password/change/",
    "/accounts/logout/",
]
FOR_A_TEAM = [
    "/studio/moderation",
    "/studio/moderation/modes",
    "/studio/moderation/terms",
    "/studio/moderation/bans",
    "/studio/moderation/team",
    "/studio/moderation/trail",
]


@pytest.fixture(scope="module")
def axe() -> Axe:
    return Axe()


@pytest.fixture
def live(visitors: Visitors) -> Iterator[str]:
    """A stream that runs while the test looks at pages: its id."""
    studio = visitors.sign_in("jonas")
    yield go_live(
        studio, "A title of ninety letters, which is about as long as a sensible person would want it to be"
    )
    end_stream(studio)


def problems_of(page: Page, axe: Axe) -> list[str]:
    """What axe finds, and whether the page is wider than a phone."""
    found = []
    for viewport in (DESKTOP, PHONE):
        page.set_viewport_size(viewport)  # type: ignore[arg-type]
        page.wait_for_timeout(300)  # colours that change, change slowly
        where = f"{page.url} at {viewport['width']}"
        for violation in axe.run(page).response["violations"]:
            nodes = "; ".join(node["html"][:200] for node in violation["nodes"][:5])
            found.append(f"{where}: {violation['id']} ({violation['help']}): {nodes}")
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > viewport["width"]:
            found.append(f"{where}: scrolls sideways, {wide} px wide")
    return found


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_every_page_can_be_seen_and_used(theme: str, live: str, axe: Axe, visitors: Visitors) -> None:
    anybody = visitors.come(color_scheme=theme)
    found = []
    for path in [*FOR_EVERYBODY, f"/stream/{live}", "/live/jonas"]:
        anybody.goto(path)
        if path.startswith("/stream"):
            expect_moving_pictures(anybody, seconds=0.5)
        found += problems_of(anybody, axe)
    mara = visitors.sign_in("mara", color_scheme=theme)
    for path in FOR_MEMBERS:
        mara.goto(path)
        mara.wait_for_load_state("networkidle")
        found += problems_of(mara, axe)
    mara.goto(f"/stream/{live}")
    say(mara, "Hello, with a\u00adlong" + "long" * 30 + "word")
    expect(chat_of(mara)).to_contain_text("Hello")
    found += problems_of(mara, axe)
    stream_id = go_live(mara, "Two at once", price="3")
    mara.get_by_text("Lower the price").click()
    found += problems_of(mara, axe)
    ada = visitors.sign_in("ada", color_scheme=theme)
    for page in (anybody, ada):
        page.goto(f"/stream/{stream_id}/ticket")
        found += problems_of(page, axe)
    anybody.goto(f"/stream/{stream_id}")
    expect(anybody.get_by_role("group", name="A ticket is needed")).to_be_visible()
    found += problems_of(anybody, axe)
    anybody.get_by_role("button", name="Watch 60 s free").click()
    expect_moving_pictures(anybody, seconds=0.5)
    found += problems_of(anybody, axe)
    mara.get_by_role("button", name="End", exact=True).click()
    expect(mara.get_by_role("dialog")).to_be_visible()
    found += problems_of(mara, axe)
    mara.get_by_role("button", name="End the stream").click()
    expect(mara.get_by_role("heading", name="The stream has ended")).to_be_visible()
    found += problems_of(mara, axe)
    anybody.goto(f"/stream/{stream_id}")
    found += problems_of(anybody, axe)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_what_a_team_has_can_be_seen_and_used(theme: str, axe: Axe, busk: Busk, visitors: Visitors) -> None:
    """In the dark one's own channel, where nothing was done yet; in the light one where much was."""
    creator = "jonas" if theme == "dark" else "mara"
    page = visitors.sign_in(creator, color_scheme=theme)
    paths = list(FOR_A_TEAM)
    if theme == "light":
        keep_busy(page, busk)
        asking = visitors.sign_in("ben", color_scheme=theme)
        ask(asking, "POST", "/api/channels/mara/unban-requests", text="I am sorry. " + "Really" * 30)
        paths += ["/account/reports", "/settings/teams"]
        asking.goto("/live/mara/ban")
        expect(asking.get_by_text("The same unkind thing")).to_be_visible()
        found = problems_of(asking, axe)
    else:
        found = []
    for path in paths:
        answer = page.goto(path)
        assert answer is not None
        assert answer.ok, f"{path}: {answer.status}"
        found += problems_of(page, axe)
    assert not found, "\n".join(found)


def keep_busy(mara: Page, busk: Busk) -> None:
    """Terms, bans, a team, modes and reports, with texts as long as they may be."""
    people = {
        name: busk.row("SELECT id FROM accounts_user WHERE username = %s", name)["id"]
        for name in ("ada", "ben", "jonas")
    }
    channel = "/api/channels/mara"
    ask(mara, "POST", f"{channel}/terms", text="x" * 100, action="hold")
    ask(mara, "POST", f"{channel}/terms", text="spam*", action="timeout", timeout_seconds=3600)
    ask(mara, "PATCH", f"{channel}/chat-modes", slow_seconds=30, links="hold", automod_level=2)
    ask(mara, "PUT", f"{channel}/shield")
    ask(mara, "PUT", f"{channel}/bans/{people['ben']}", reason="The same unkind thing, " + "over" * 40)
    ask(mara, "PUT", f"{channel}/timeouts/{people['ada']}", seconds=600, reason="Calm down")
    ask(mara, "POST", f"{channel}/team", username="jonas", role="lead")
    ask(mara, "POST", f"{channel}/team", username="ada", role="vip")
    ask(
        mara,
        "POST",
        "/api/reports",
        subject="channel",
        subject_id=str(people["jonas"]),
        category="spam",
        note="Again and again.",
    )


def ask(page: Page, method: str, path: str, **body: object) -> None:
    """By the API, as the pages do it."""
    status = page.evaluate(
        """async ([method, path, body]) => {
          const token = document.cookie.match(/csrftoken=([^;]+)/)?.[1] ?? "";
          const headers = { "Content-Type": "application/json", "X-CSRFToken": token };
          return (await fetch(path, { method, headers, body: JSON.stringify(body) })).status;
        }""",
        [method, path, body],
    )
    assert 200 <= status < 300, f"{method} {path}: {status}"


def test_a_phone_shows_the_picture_and_the_chat_at_once(live: str, busk: Busk, visitors: Visitors) -> None:
    ada = visitors.sign_in("ada", viewport=PHONE, has_touch=True, is_mobile=True)
    ada.goto(f"/stream/{live}")
    expect_moving_pictures(ada)
    field = ada.get_by_label("Your message")
    expect(field).to_be_in_viewport(ratio=1)
    expect(ada.locator("video.player-video")).to_be_in_viewport(ratio=1)
    field.tap()
    # The keyboard of a phone takes the lower half.
    ada.set_viewport_size({"width": 360, "height": 400})
    expect(field).to_be_in_viewport(ratio=1)
    expect(ada.locator("video.player-video")).to_be_in_viewport(ratio=1)
    field.press_sequentially("from my phone")
    ada.get_by_role("button", name="Send").tap()
    expect(chat_of(ada).get_by_text("from my phone")).to_be_in_viewport()
    ada.get_by_role("button", name="Tap for sound").tap()
    assert ada.locator("video.player-video").evaluate("v => v.muted") is False


def test_the_small_picture_stays_a_picture(live: str, visitors: Visitors) -> None:
    """A phone gets the small rendition. An encoder that was told a wrong rate drew it grey after ten seconds."""
    somebody = visitors.come(viewport=PHONE)
    somebody.goto(f"/stream/{live}")
    expect_moving_pictures(somebody, seconds=14)
    seen = somebody.locator("video.player-video").evaluate(
        """(video) => {
          const canvas = document.createElement("canvas");
          const pen = canvas.getContext("2d");
          pen.drawImage(video, 0, 0, 64, 36);
          const points = pen.getImageData(0, 0, 64, 36).data;
          let green = 0;
          for (let i = 0; i < points.length; i += 4) green += points[i + 1] > points[i] + 50;
          return { height: video.videoHeight, green: green / (64 * 36) };
        }"""
    )
    assert seen["height"] == 480
    assert seen["green"] > 0.9  # Chromium's fake camera is green all over


def test_the_main_ways_need_no_mouse(live: str, visitors: Visitors) -> None:
    page = visitors.come()
    page.goto("/accounts/login/")
    walk_to(page, "Username or e-mail")
    page.keyboard.type("ben")
    page.keyboard.press("Tab")
    page.keyboard.type("busk-demo")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Your account")).to_be_visible()

    page.goto("/live")
    walk_to(page, "A title of ninety letters")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/stream/{live}")
    expect_moving_pictures(page)
    page.keyboard.press("Space")
    assert page.locator("video.player-video").evaluate("v => v.paused") is True
    page.keyboard.press("Space")
    page.keyboard.press("m")
    assert page.locator("video.player-video").evaluate("v => v.muted") is False
    walk_to(page, "Follow")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Following")).to_be_focused()
    walk_to(page, "Your message")
    page.keyboard.type("no mouse here, m")
    page.keyboard.press("Enter")
    expect(chat_of(page).get_by_text("no mouse here, m")).to_be_visible()
    # Letters in the chat are letters.
    assert page.locator("video.player-video").evaluate("v => v.muted") is False


def test_a_creator_needs_no_mouse(visitors: Visitors) -> None:
    mara = visitors.sign_in("mara")
    mara.goto("/creator/go-live")
    expect(mara.get_by_role("listitem").filter(has_text="Camera")).to_contain_text("ready")
    walk_to(mara, "Title")
    mara.keyboard.type("By hand")
    mara.keyboard.press("Enter")
    mara.wait_for_url("**/stream/broadcast/*")
    expect(mara.get_by_role("main").get_by_text("Live", exact=True)).to_be_visible()
    walk_to(mara, "Mute")
    mara.keyboard.press("Enter")
    expect(mara.get_by_role("button", name="Unmute")).to_be_focused()
    walk_to(mara, "End")
    mara.keyboard.press("Enter")
    expect(mara.get_by_role("dialog")).to_be_visible()
    mara.keyboard.press("Escape")
    expect(mara.get_by_role("dialog")).not_to_be_visible()
    expect(mara.get_by_role("button", name="End", exact=True)).to_be_focused()
    mara.keyboard.press("Enter")
    walk_to(mara, "End the stream")
    mara.keyboard.press("Enter")
    expect(mara.get_by_role("heading", name="The stream has ended")).to_be_visible()


def walk_to(page: Page, name: str) -> None:
    """Press Tab until what has the focus is called so."""
    passed = []
    for _ in range(40):
        page.keyboard.press("Tab")
        called = page.evaluate(
            """() => {
              const at = document.activeElement;
              const label = at.labels?.[0]?.innerText ?? "";
              return (at.getAttribute("aria-label") ?? (label || at.innerText)).trim();
            }"""
        )
        if called == name or (len(name) > 20 and called.find(name) >= 0):
            return
        passed.append(called[:30])
    raise AssertionError(f"Tab never reached {name!r}: {passed}")
