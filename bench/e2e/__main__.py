"""``make bench NAME=e2e``: from Go live to the picture, from a change to the count, from the end to its word.

Everything is seen as people see it, in pages of Chromium against `manage.py serve`; so each figure also holds
the browser's own work, and up to 50 ms between two looks at the page.
"""

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from bench import Report
from tests.browsers import Visitors, chromium, chromium_path
from tests.servers import serving
from tests.streaming import expect_moving_pictures, on_air, picture, player_of

CLOCK = (Path(__file__).parent / "clock.js").read_text()
STEADY_SECONDS, WATCHED_SECONDS = 10, 20


def seconds_until(page: Page, holds: Callable[[], bool], *, since: float, most: float = 60) -> float:
    while not holds():
        if time.monotonic() - since > most:
            raise TimeoutError(f"not within {most} s")
        page.wait_for_timeout(50)
    return time.monotonic() - since


def shows_viewers(page: Page, number: int) -> Callable[[], bool]:
    words = f"{number} viewer" if number == 1 else f"{number} viewers"
    return lambda: page.get_by_text(words, exact=True).count() > 0


def glass_to_glass(page: Page, seconds: float) -> list[float]:
    """How old the picture is, again and again, in seconds."""
    ages: list[float] = page.locator("video.player-video").evaluate(
        """async (video, seconds) => {
          const ages = [];
          const until = performance.now() + seconds * 1000;
          while (performance.now() < until) {
            await new Promise((seen) => video.requestVideoFrameCallback(seen));
            const shown = window.clockOf(video);
            if (shown !== null) ages.push((Date.now() - shown) / 1000);
          }
          return ages;
        }""",
        seconds,
    )
    # A frame caught between two draws of the clock shows no time at all.
    return [age for age in ages if 0 <= age < 60]


def run(report: Report, visitors: Visitors) -> None:
    studio = visitors.sign_in("mara", script=CLOCK)
    somebody = visitors.come(script=CLOCK)
    studio.goto("/creator/go-live")
    studio.get_by_label("Title").fill("The time")
    studio.get_by_role("listitem").filter(has_text="Camera").filter(has_text="ready").wait_for()

    pressed = time.monotonic()
    studio.get_by_role("button", name="Go live").click()
    studio.wait_for_url("**/stream/broadcast/*")
    somebody.goto(studio.url.replace("/stream/broadcast/", "/stream/"))
    seen = seconds_until(somebody, lambda: _moves(somebody), since=pressed)
    report.line("go_live_to_picture", seen, "s", at_most=10)
    on_air(studio).wait_for()

    watch_url = somebody.url
    expect_moving_pictures(somebody)
    seconds_until(studio, shows_viewers(studio, 1), since=time.monotonic())
    another = visitors.come(script=CLOCK)
    left = time.monotonic()
    somebody.goto("/live")
    report.line(
        "count_after_leaving", seconds_until(studio, shows_viewers(studio, 0), since=left), "s", at_most=2
    )
    joined = time.monotonic()
    another.goto(watch_url)
    report.line(
        "count_after_joining", seconds_until(studio, shows_viewers(studio, 1), since=joined), "s", at_most=2
    )

    expect_moving_pictures(another)
    another.wait_for_timeout(STEADY_SECONDS * 1000)
    ages = glass_to_glass(another, WATCHED_SECONDS)
    report.line("glass_to_glass_p50", statistics.median(ages), "s", at_most=3)
    report.line("glass_to_glass_p95", statistics.quantiles(ages, n=20)[-1], "s")

    ended = player_of(another).get_by_text("The stream has ended")
    studio.get_by_role("button", name="End", exact=True).click()
    confirm = studio.get_by_role("dialog").get_by_role("button", name="End the stream")
    confirm.wait_for()
    told = time.monotonic()
    confirm.click()
    report.line("end_told", seconds_until(another, lambda: ended.count() > 0, since=told), "s", at_most=2)


def _moves(page: Page) -> bool:
    if page.locator("video.player-video").count() == 0:
        return False
    now = picture(page)
    return bool(now["width"] > 0 and now["at"] > 0 and not now["paused"])


def main() -> None:
    if chromium_path() is None:
        sys.exit("This benchmark needs Chromium; `make test` as root installs it.")
    report = Report()
    with serving() as busk, sync_playwright() as playwright, chromium(playwright) as browser:
        visitors = Visitors(browser, busk.url)
        run(report, visitors)
        visitors.leave()
        for problem in visitors.problems:
            print(f"problem: {problem}")
    report.finish()


if __name__ == "__main__":
    main()
