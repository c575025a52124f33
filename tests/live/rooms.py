"""Looking into a real LiveKit while browsers are in it."""

import asyncio
import re
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

from livekit import api
from playwright.sync_api import Page, WebSocket

from streams.media.livekit.client import Engine
from tests.live.site import Site

ResultT = TypeVar("ResultT")


class Room:
    """The room of a stream."""

    def __init__(self, site: Site, stream_id: str) -> None:
        self._site = site
        self.name = f"stream-{stream_id.replace('-', '')}"
        self._engine = Engine(url=site.livekit.url, key=site.livekit.key, secret=site.livekit.secret)

    def identities(self, role: str = "") -> list[str]:
        people = self._engine.list_participants([self.name])[self.name]
        return sorted(found.identity for found in people if found.identity.startswith(role))

    def is_there(self) -> bool:
        return self._engine.list_rooms([self.name]) != []

    def foreign_token(self) -> str:
        """Of a viewer whom Busk knows nothing of."""
        video = api.VideoGrants(room_join=True, room=self.name, can_publish=False, hidden=True)
        token = api.AccessToken(self._site.livekit.key, self._site.livekit.secret)
        return token.with_identity("plain").with_ttl(timedelta(minutes=2)).with_grants(video).to_jwt()

    def close(self) -> None:
        self._engine.close()


class Signalling:
    """The tokens that a page went in with, as its developer tools show them to anybody."""

    def __init__(self, page: Page) -> None:
        self.tokens: list[str] = []
        page.on("websocket", self._opened)

    def _opened(self, socket: WebSocket) -> None:
        address = urlsplit(socket.url)
        if re.fullmatch(r"/rtc(/v1)?", address.path):
            self.tokens += parse_qs(address.query).get("access_token", [])


def in_thread(work: Coroutine[Any, Any, ResultT]) -> ResultT:
    """Playwright has a loop in the main thread already."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


def seconds_until(page: Page, holds: Callable[[], bool], what: str, *, patience: float = 40) -> float:
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < patience, f"never came: {what}"
        page.wait_for_timeout(50)
    return time.monotonic() - began


def frames_drawn(page: Page, *, many: int = 10) -> bool:
    """Whether the viewer's picture changes so often within a second; its clock would go on without."""
    drawn: int = page.locator("video.player-video").evaluate(
        """(video) => new Promise((resolve) => {
          let drawn = 0;
          const count = () => { drawn += 1; video.requestVideoFrameCallback(count); };
          video.requestVideoFrameCallback(count);
          setTimeout(() => resolve(drawn), 1000);
        })"""
    )
    return drawn >= many
