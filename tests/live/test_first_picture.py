"""How long a viewer looks at nothing: with our page, and with a page that does nothing but watch."""

import statistics
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Page

from tests.browsers import Visitors
from tests.live.plain import REMEMBER_FIRST_PICTURE, plain_page
from tests.live.rooms import seconds_until
from tests.live.site import Site, binary, busk_with_livekit
from tests.livekit.conftest import NO_SERVER, named_server
from tests.streaming import go_live, logger

pytestmark = pytest.mark.live

ROUNDS = 15
SETTINGS = {"BUSK_LIMIT_TOKEN": "1000", "BUSK_LIMIT_ANONYMOUS_PER_ADDRESS": "1000"}


@pytest.fixture(params=[True, False], ids=["by the door", "past the door"])
def site(request: pytest.FixtureRequest) -> Iterator[Site]:
    if named_server() is None and binary() is None:
        pytest.skip(NO_SERVER)
    with busk_with_livekit(door=request.param, webhooks=True, redis=False, **SETTINGS) as site:
        yield site


def test_the_first_picture_is_hardly_later_than_on_a_plain_page(
    site: Site, chromium_browser: Browser
) -> None:
    """From the moment on at which a page has its token, with scripts in the browser's cache.

    Theirs has it from the beginning; ours has to ask for it, which has its own share in the time from the address on.
    """
    visitors = Visitors(chromium_browser, site.busk.url)
    stream_id = go_live(visitors.sign_in("mara"), "Cello in the rain")
    ours, theirs = visitors.come(), visitors.come()
    for page in (ours, theirs):
        page.add_init_script(REMEMBER_FIRST_PICTURE)
    took: dict[str, list[float]] = {"ours": [], "theirs": [], "ours from the address": []}
    with plain_page() as address:

        def look_at_theirs() -> None:
            given = theirs.request.get(f"/api/streams/{stream_id}/token").json()
            theirs.goto(f"{address}#{urlencode({'url': given['wsUrl'], 'token': given['token']})}")
            took["theirs"].append(first_picture(theirs) - page_came_at(theirs))
            theirs.goto("about:blank")

        def look_at_ours() -> None:
            ours.goto(f"/stream/{stream_id}")
            at = first_picture(ours)
            took["ours"].append(at - token_came_at(ours))
            took["ours from the address"].append(at)
            ours.goto("about:blank")

        for number in range(ROUNDS + 1):
            # What went before is felt by what comes after.
            both = (look_at_theirs, look_at_ours) if number % 2 else (look_at_ours, look_at_theirs)
            for look in both:
                look()
    visitors.leave()
    # The first of each filled the cache.
    usual = {name: statistics.median(times[1:]) for name, times in took.items()}
    mine, plain = usual["ours"], usual["theirs"]
    logger.info("first picture, ms: %s", {name: round(each) for name, each in usual.items()})
    every = {name: [round(each) for each in times] for name, times in took.items()}
    logger.info("ours is %.2f of plain livekit-client's; all: %s", mine / plain, every)
    assert mine <= 1.2 * plain


def first_picture(page: Page) -> float:
    """Milliseconds since the page began to load."""
    seconds_until(page, lambda: page.evaluate("!!window.firstPictureAt"), "a first picture")
    at: float = page.evaluate("window.firstPictureAt")
    return at


def page_came_at(page: Page) -> float:
    at: float = page.evaluate("performance.getEntriesByType('navigation')[0].responseEnd")
    return at


def token_came_at(page: Page) -> float:
    """When what the page asked for first, to come in, was answered."""
    at: float = page.evaluate(
        "performance.getEntriesByType('resource').find(({name}) => name.endsWith('/join')).responseEnd"
    )
    return at
