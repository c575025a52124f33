"""Real browsers for tests: Chromium with a fake camera, watched for everything that a user must not meet."""

import re
import shutil
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect

from tests.servers import DEMO_PASSWORD, Busk, serving

# Generous, since timings never decide a test; `make bench NAME=e2e` applies the bars.
PATIENCE_MS = 30_000
ARTEFACTS = Path("test-results")
DESKTOP, PHONE = {"width": 1280, "height": 800}, {"width": 360, "height": 740}

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
    # Nothing but the tests may use the network.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
# Browsers call every refused request an error. This is how pages that come back learn that a stream has ended.
ENDED_MEANWHILE = re.compile(r"the server responded with a status of 410")
# A test may say that it brings these about itself: by a cut line, and by asking for what is refused.
LINE_CUT = re.compile(r"net::ERR_|WebSocket connection to .* failed|Failed to fetch")
REFUSED = re.compile(r"the server responded with a status of (400|403|404|409|413)")

# Told by the page itself, since a violation that is only reported shows nowhere else.
REPORT_VIOLATIONS = """
addEventListener("securitypolicyviolation", ({effectiveDirective, blockedURI, sourceFile, lineNumber}) =>
  console.error(`CSP: ${effectiveDirective} blocked ${blockedURI} at ${sourceFile}:${lineNumber}`));
"""


def chromium_path() -> str | None:
    return next((path for name in CHROMIUM_NAMES if (path := shutil.which(name))), None)


@contextmanager
def chromium(playwright: Playwright) -> Iterator[Browser]:
    browser = playwright.chromium.launch(executable_path=chromium_path(), args=CHROMIUM_FLAGS)
    try:
        yield browser
    finally:
        browser.close()


class Visitors:
    """Opens pages, each in a browser profile of its own, and remembers what went wrong in any of them."""

    def __init__(self, browser: Browser, url: str) -> None:
        self._browser = browser
        self._url = url
        self._contexts: list[BrowserContext] = []
        self.problems: list[str] = []
        self.allowed: list[re.Pattern[str]] = [ENDED_MEANWHILE]

    def come(
        self,
        *,
        by: str | None = None,
        viewport: dict[str, int] = DESKTOP,
        script: str = "",
        **options: Any,
    ) -> Page:
        """A visitor nobody knows yet.

        ``by`` is another address of the server, such as a proxy's; ``script`` runs before each page's own.
        """
        context = self._browser.new_context(
            base_url=by or self._url,
            viewport=viewport,  # type: ignore[arg-type]
            permissions=["camera", "microphone", "clipboard-write"],
            **options,
        )
        context.set_default_timeout(PATIENCE_MS)
        context.add_init_script(REPORT_VIOLATIONS)
        if script:
            context.add_init_script(script)
        context.on("page", self._watch)
        self._contexts.append(context)
        return context.new_page()

    def sign_in(self, username: str, **options: Any) -> Page:
        """One of the demo accounts, signed in on the page made for it."""
        page = self.come(**options)
        page.goto("/accounts/login/")
        page.get_by_label("Username or e-mail").fill(username)
        page.get_by_label("Password").fill(DEMO_PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_label("Your account")).to_be_visible()
        return page

    def expect_line_cuts(self) -> None:
        """From now on requests and sockets may fail: the test cuts the line."""
        self.allowed.append(LINE_CUT)

    def expect_refusals(self) -> None:
        """From now on the server may refuse: the test asks for what it must not get."""
        self.allowed.append(REFUSED)

    def screenshots(self, folder: Path) -> None:
        for number, page in enumerate(page for context in self._contexts for page in context.pages):
            page.screenshot(path=folder / f"page-{number}.png")

    def leave(self) -> None:
        for context in self._contexts:
            context.close()
        self._contexts.clear()

    def _watch(self, page: Page) -> None:
        page.on("pageerror", lambda error: self._problem(page, f"uncaught {error}"))
        page.on(
            "console",
            lambda message: (
                self._problem(page, f"{message.text} ({message.location.get('url', '')})")
                if message.type == "error"
                else None
            ),
        )

    def _problem(self, page: Page, what: str) -> None:
        if not any(pattern.search(what) for pattern in self.allowed):
            self.problems.append(f"{page.url}: {what}")


@pytest.fixture(scope="session")
def chromium_browser(playwright: Playwright) -> Iterator[Browser]:
    if chromium_path() is None:
        pytest.skip("Chromium is not installed; `make test` as root installs it")
    with chromium(playwright) as browser:
        yield browser


@pytest.fixture(scope="module")
def busk(request: pytest.FixtureRequest) -> Iterator[Busk]:
    """A server for the tests of a module; its `SETTINGS` are environment variables."""
    with serving(**getattr(request.module, "SETTINGS", {})) as busk:
        yield busk


@pytest.fixture
def visitors(request: pytest.FixtureRequest, chromium_browser: Browser, busk: Busk) -> Iterator[Visitors]:
    """Opens pages; the test fails on an uncaught error, a console error or a CSP violation in any of them."""
    visitors = Visitors(chromium_browser, busk.url)
    yield visitors
    report: dict[str, pytest.TestReport] = request.node.stash.get(REPORTS, {})
    if visitors.problems or not all(phase.passed for phase in report.values()):
        folder = ARTEFACTS / re.sub(r"\W+", "-", request.node.nodeid).strip("-")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "server.log").write_text(busk.said)
        (folder / "problems.txt").write_text("\n".join(visitors.problems))
        visitors.screenshots(folder)
    visitors.leave()
    assert not visitors.problems, "\n".join(visitors.problems)


REPORTS = pytest.StashKey[dict[str, pytest.TestReport]]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keep what became of a test's phases, so that its fixtures can keep the pictures of a failure."""
    report = yield
    item.stash.setdefault(REPORTS, {})[report.when] = report
    return report
