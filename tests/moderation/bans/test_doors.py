"""A ban seen from outside, in every door there is. What each took is printed: ``pytest -rP``."""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from accounts.models import User
from payments.tickets.prices import price_set
from streams.models import Stream
from streams.services import media_arrived, stream_create
from tests.moderation.bans.serving import Browser, Pictures, Socket, took
from tests.payments.books import buy
from tests.realtime.running import RoomServer

pytestmark = pytest.mark.django_db(transaction=True)

# The bar.
OUT_WITHIN_SECONDS = 2.0


@pytest.fixture
def sold(alice: User) -> Stream:
    """Another stream of alice's, for coins."""
    stream = stream_create(creator=alice, title="Cello for coins")[0]
    price_set(
        stream_id=stream.pk, amount=None, currency="", coins=100, pay_what_you_want=False, preview_seconds=0
    )
    media_arrived(stream_id=stream.pk)
    stream.refresh_from_db()
    return stream


@dataclass
class Visit:
    """bob in alice's stream, with everything that he was handed before he is banned."""

    browser: Browser
    stream: Stream
    sold: Stream
    socket: Socket
    unused_pass: str
    playlist: str
    segment: str

    @classmethod
    def begin(cls, browser: Browser, stream: Stream, sold: Stream) -> "Visit":
        browser.get(f"/stream/{stream.pk}")  # a browser that keeps no cookie has none to be known by
        joined = browser.join(stream.pk).body
        playlist = joined["playback"]["url"].replace("master", "source")
        socket = browser.socket(joined["ws_url"])
        assert socket.welcomed()
        return cls(
            browser=browser,
            stream=stream,
            sold=sold,
            socket=socket,
            unused_pass=browser.join(stream.pk).body["ws_url"],
            playlist=playlist,
            segment=_segments(browser.get(playlist).body)[-1],
        )

    def path(self, rest: str) -> str:
        return f"/api/streams/{self.stream.pk}/{rest}"


def _segments(playlist: str) -> list[str]:
    return [line for line in playlist.splitlines() if line.startswith("/seg/")]


def request() -> dict[str, str]:
    return {"request_id": str(uuid.uuid4())}


Door = Callable[[Visit], Any]
# Each answers who comes; what it answers to somebody banned is "banned", unless it says otherwise.
DOORS: dict[str, Door] = {
    "join": lambda v: v.browser.join(v.stream.pk),
    "token": lambda v: v.browser.get(v.path("token")),
    "the guide's token": lambda v: v.browser.post(
        "/api/live/token", {"roomName": v.stream.room_name, "role": "viewer"}
    ),
    "chat over REST": lambda v: v.browser.post(
        v.path("message"), {"client_id": uuid.uuid4().hex, "text": "hi"}
    ),
    "what was said": lambda v: v.browser.get(v.path("messages")),
    "what a socket missed": lambda v: v.browser.get(v.path("events?after=0")),
    "gift": lambda v: v.browser.post(v.path("gift"), {"gift": "rose", "quantity": 1, **request()}),
    "anonymous gift": lambda v: v.browser.post(
        v.path("gift"), {"gift": "rose", "quantity": 1, "anonymous": True, **request()}
    ),
    "ticket": lambda v: v.browser.post(
        f"/api/streams/{v.sold.pk}/ticket", {"with": "coins", "request_id": str(uuid.uuid4())}
    ),
    "into what the ticket opens": lambda v: v.browser.join(v.sold.pk),
}
# What stays: who they are, what they have, and what everybody may know.
STAYS: dict[str, Door] = {
    "me": lambda v: v.browser.get("/api/me"),
    "wallet": lambda v: v.browser.get("/api/gifts"),
    "that there is a stream": lambda v: v.browser.get(v.path("")[:-1]),
    "the channel": lambda v: v.browser.get("/live/alice"),
}


def test_a_ban_is_seen_in_every_door(
    served: RoomServer,
    live_stream: Stream,
    sold: Stream,
    alice: User,
    bob: User,
    charlie: User,
    catalogue: Any,
) -> None:
    buy(bob, 200)
    with Pictures(live_stream.pk).flowing() as pictures, Pictures(sold.pk).flowing():
        bobs = Visit.begin(Browser(served).sign_in(bob), live_stream, sold)
        others = Visit.begin(Browser(served, address="203.0.113.9").sign_in(charlie), live_stream, sold)
        for name, door in DOORS.items():
            assert door(bobs).code == "", name
        assert bobs.socket.say("hello", "first")["type"] == "chat:ack"
        creator = Browser(served, address="203.0.113.1").sign_in(alice)
        since, times = time.monotonic(), {}
        assert creator.ask("PUT", f"/api/channels/alice/bans/{bob.pk}", {"reason": "spam"}).status == 200
        assert bobs.socket.closed_with() == 4403
        times["the room's socket"] = time.monotonic() - since
        times["a pass that was not used"] = took(
            lambda: bobs.browser.socket(bobs.unused_pass).closed_with() == 4403, since=since
        )
        times["playlist"] = took(lambda: bobs.browser.get(bobs.playlist).status == 403, since=since)
        for name, door in DOORS.items():
            times[name] = took(lambda door=door: door(bobs).code == "banned", since=since)  # type: ignore[misc]
        for name, seconds in times.items():
            print(f"{seconds * 1000:7.0f} ms  {name}")  # noqa: T201 - for the reader of -rP
        assert max(times.values()) < OUT_WITHIN_SECONDS

        # What was named before is old; what comes later has other keys, so counting on soon leads nowhere.
        newest = took(lambda: _newest_by_counting(bobs, pictures) == 403, since=since)
        print(f"{newest * 1000:7.0f} ms  pictures, for who counts on from the last segment's name")  # noqa: T201
        with pytest.raises(ConnectionClosed):
            bobs.socket.say("still here?", "second")
        assert bobs.browser.join(live_stream.pk).body["details"] == {"reason": "spam", "help": "ask_unban"}
        for name, door in STAYS.items():
            assert door(bobs).status == 200, name

        # And nobody else notices.
        assert others.socket.say("hello", "third")["type"] == "chat:ack"
        assert others.browser.get(others.playlist).status == 200
        assert DOORS["join"](others).status == 200

        assert creator.ask("DELETE", f"/api/channels/alice/bans/{bob.pk}").status == 204
        assert DOORS["join"](bobs).status == 200
        # Taken back is taken back: new ones are to be asked for.
        assert bobs.browser.get(bobs.playlist).status == 403
        for socket in (bobs.socket, others.socket):
            socket.close()


def _newest_by_counting(visit: Visit, pictures: Pictures) -> int:
    """What the old key gets of what was published last, whose name can be counted."""
    root = visit.segment.rpartition("/")[0]
    return visit.browser.get(f"{root}/{pictures.state.next_number - 1:06d}.m4s").status
