"""Who gets playlists and segments: passes, keys, and the gate behind both. Time is given, never waited for."""

import asyncio
import json
import re
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import time_machine
from django.db import OperationalError
from django.utils import timezone

from core.errors import Busy
from streams.media.relay import timeline
from streams.media.relay.asgi import RelayFiles
from streams.media.relay.consumer import ingest
from streams.media.relay.gate import CLOSED, Gate, Gates, gate_load
from streams.media.relay.passes import (
    PlaylistPass,
    playlist_pass,
    playlist_pass_read,
    segment_key,
    segment_key_read,
)
from streams.media.relay.timeline import Piece, Timeline, Variant
from streams.models import EndReason, Stream, StreamVisibility, ViewerSession
from streams.services import stream_end, stream_update
from streams.sessions import viewer_revoke
from streams.viewers import session_id

STREAM, SESSION = uuid4(), uuid4()
# In the middle of a period of 30 s.
NOON = 1_800_000_015.0


class Relay:
    """The application over one stream's folder, with the clock and the gate in the test's hands."""

    def __init__(self, work_dir: Path) -> None:
        self.now = NOON
        self.gate: Gate | Exception = Gate(live=True)
        self.loads = 0
        self.seen: list[UUID] = []
        self.folder = work_dir / str(STREAM)
        self.state = Timeline()
        self.app = RelayFiles(
            work_dir=work_dir,
            gates=Gates(load=self.load, clock=lambda: self.now),
            clock=lambda: self.now,
            seen=self.seen.append,
        )

    def publish(self) -> None:
        """One more second of the stream, now."""
        index = self.state.next_number
        (self.folder / "run-1" / "source").mkdir(parents=True, exist_ok=True)
        (self.folder / "run-1" / "source" / f"{index:06d}.m4s").write_bytes(b"one second")
        self.state = self.state.with_slot(
            run=1,
            index=index,
            pieces={"source": Piece(1.0, 10)},
            variants=[Variant("source", 640, 360, "avc1.42c01e")],
            now=self.now,
        )
        timeline.save(self.folder, self.state)

    async def load(self, stream_id: UUID) -> Gate:
        self.loads += 1
        if isinstance(self.gate, Exception):
            raise self.gate
        return self.gate

    async def get(self, path: str, method: str = "GET") -> tuple[int, bytes, dict[str, str]]:
        sent: list[dict[str, Any]] = []

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        await self.app({"type": "http", "method": method, "path": path}, None, send)
        headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        return sent[0]["status"], sent[1]["body"], headers

    def pass_for(self, session: UUID = SESSION, stream: UUID = STREAM, lifetime: int = 3600) -> str:
        with time_machine.travel(self.now, tick=False):
            return playlist_pass(stream_id=stream, session_id=session, lifetime_seconds=lifetime)[0]

    async def playlist(self, token: str | None = None, name: str = "source") -> tuple[int, str]:
        status, body, headers = await self.get(f"/hls/{STREAM}/{token or self.pass_for()}/{name}.m3u8")
        assert headers["cache-control"] == "no-store"
        return status, body.decode()

    async def first_segment(self) -> str:
        _, text = await self.playlist()
        return next(line for line in text.splitlines() if line.startswith("/seg/"))

    async def status(self, path: str) -> int:
        return (await self.get(path))[0]


@pytest.fixture
def relay(tmp_path) -> Relay:
    """A stream of one second."""
    relay = Relay(tmp_path)
    relay.publish()
    return relay


# --- passes ----------------------------------------------------------------------------------------


async def test_a_viewer_with_a_pass_gets_playlists_and_segments(relay):
    assert (await relay.playlist(name="master"))[0] == 200
    status, body, headers = await relay.get(await relay.first_segment())
    assert (status, body, headers["content-type"]) == (200, b"one second", "video/mp4")
    # To the end of this period of 30 s, and 10 more.
    assert headers["cache-control"] == "public, max-age=25, immutable"


async def test_each_media_playlist_counts_as_watching(relay):
    await relay.playlist(name="master")
    assert relay.seen == []
    await relay.playlist()
    assert relay.seen == [SESSION]


async def test_another_streams_pass_opens_nothing(relay):
    status, body = await relay.playlist(relay.pass_for(stream=uuid4()))
    assert (status, json.loads(body)) == (403, {"code": "pass_refused", "details": {}})
    assert relay.loads == 0


async def test_a_forged_pass_opens_nothing(relay):
    token = relay.pass_for()
    for at in range(len(token)):
        forged = token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]
        assert (await relay.playlist(forged))[0] == 403
    assert relay.loads == 0


@pytest.mark.parametrize("token", ["x" * 20, "A" * 48, "-" * 48, "é" * 30])
async def test_what_is_no_pass_opens_nothing(relay, token):
    assert (await relay.playlist(token))[0] in {403, 404}


async def test_a_pass_ends_with_its_time(relay):
    token = relay.pass_for(lifetime=60)
    relay.now += 60
    assert (await relay.playlist(token))[0] == 200
    relay.now += 1
    assert (await relay.playlist(token))[0] == 403


def test_a_pass_says_whose_session_it_is():
    token, entry = playlist_pass(stream_id=STREAM, session_id=SESSION, lifetime_seconds=100)
    assert playlist_pass_read(token, stream_id=STREAM, now=entry.issued_at) == entry
    assert entry.session_id == SESSION


# --- the gate --------------------------------------------------------------------------------------


async def test_a_revoked_session_gets_no_playlist_and_soon_no_segment(relay):
    token, segment, kicked = relay.pass_for(), await relay.first_segment(), relay.now
    relay.gate = Gate(live=True, revoked={SESSION: kicked})
    relay.now += 2
    assert (await relay.playlist(token))[0] == 403
    assert (await relay.playlist(relay.pass_for()))[0] == 200, "let in again since, by streams.access"
    assert (await relay.playlist(relay.pass_for(session=uuid4())))[0] == 200
    # What the viewer was told before opens until every process knows of the kick, and ten seconds more.
    assert await relay.status(segment) == 200
    relay.now = kicked + 12.9
    assert await relay.status(segment) == 200
    relay.now = kicked + 13
    assert await relay.status(segment) == 403


async def test_another_audience_needs_other_passes(relay):
    token, segment, changed = relay.pass_for(), await relay.first_segment(), relay.now + 1
    relay.gate = Gate(live=True, audience_at=changed)
    relay.now += 2
    assert (await relay.playlist(token))[0] == 403
    assert (await relay.playlist(relay.pass_for()))[0] == 200
    relay.now = changed + 13
    assert await relay.status(segment) == 403


async def test_addresses_never_change_and_the_newest_always_open(relay):
    """Through four periods of keys, and a kick that this process hears of two seconds late."""
    known: dict[str, str] = {}
    kicked = relay.now + 30.5
    other = relay.pass_for(session=uuid4())
    for _ in range(90):
        relay.now += 1
        relay.publish()
        if relay.now > kicked + 2:
            relay.gate = Gate(live=True, revoked={SESSION: kicked})
        _, text = await relay.playlist(other)
        addresses = [line for line in text.splitlines() if line.startswith("/seg/")]
        for address in addresses:
            assert known.setdefault(address.rpartition("/")[2], address) == address
        assert [await relay.status(address) for address in addresses[-8:]] == [200] * min(8, len(addresses))
    assert len({address.split("/")[3] for address in known.values()}) == 5


async def test_what_a_kicked_viewer_can_guess_is_not_served(relay):
    """The old key, and the names of the seconds that came later; what was named before goes on for ten seconds."""
    named = await relay.first_segment()
    old = named.rpartition("/")[0]
    relay.gate = Gate(live=True, revoked={SESSION: relay.now})
    for second in range(1, 60):
        relay.now += 1
        relay.publish()
        assert await relay.status(f"{old}/{second:06d}.m4s") == (200 if second < 3 else 403)
        assert await relay.status(named) == (200 if second < 13 else 403)


async def test_the_last_seconds_before_a_drop_stay_for_as_long_as_they_are_offered(relay):
    segment = await relay.first_segment()
    relay.now += 600
    assert await relay.status(segment) == 200
    assert await relay.first_segment() == segment
    for _ in range(timeline.WINDOW_SLOTS):
        relay.publish()
    assert await relay.status(segment) == 403


async def test_an_init_segment_lasts_as_long_as_its_run(relay):
    _, text = await relay.playlist()
    found = re.search(r'MAP:URI="(.*)"', text)
    assert found
    (relay.folder / "run-1" / "source" / "init.mp4").write_bytes(b"no pictures")
    relay.now += 6000
    for _ in range(timeline.WINDOW_SLOTS):
        relay.publish()
    assert await relay.status(found[1]) == 200
    relay.gate = Gate(live=False, ended_at=relay.now)
    relay.now += 10
    assert await relay.status(found[1]) == 403


async def test_a_key_from_a_process_that_heard_of_the_kick_sooner_opens(relay):
    key = segment_key(stream_id=STREAM, kicks=1, at=relay.now)
    assert await relay.status(f"/seg/{STREAM}/{key}/run-1/source/000000.m4s") == 200


async def test_after_the_end_no_playlist_is_served_and_soon_no_segment(relay):
    ended = relay.now
    segment = await relay.first_segment()
    relay.gate = Gate(live=False, ended_at=ended)
    relay.now += 2
    status, body = await relay.playlist()
    assert (status, json.loads(body)["code"]) == (410, "stream_ended")
    relay.now = ended + 9.9
    assert await relay.status(segment) == 200
    relay.now = ended + 10
    assert await relay.status(segment) == 403


async def test_a_key_dies_forty_seconds_after_it_began(relay):
    relay.now = 1_800_000_000.0
    relay.publish()
    segment = next(line for line in (await relay.playlist())[1].splitlines() if line.endswith("000001.m4s"))
    relay.now += 30
    for _ in range(timeline.WINDOW_SLOTS):
        relay.publish()
    relay.now += 9.9
    assert await relay.status(segment) == 200
    relay.now += 0.1
    assert await relay.status(segment) == 403


async def test_a_key_of_the_future_or_of_another_stream_opens_nothing(relay):
    for stream, now in ((STREAM, relay.now + 60), (uuid4(), relay.now)):
        key = segment_key(stream_id=stream, kicks=0, at=now)
        assert await relay.status(f"/seg/{STREAM}/{key}/run-1/source/000000.m4s") == 403


def test_a_forged_key_says_nothing():
    key = segment_key(stream_id=STREAM, kicks=0, at=NOON)
    bucket, kicks, mac = key.split("-", 2)
    assert segment_key_read(key, stream_id=STREAM) is not None
    for forged in (
        f"{int(bucket, 16) + 1:x}-{kicks}-{mac}",
        f"{bucket}-1-{mac}",
        f"{bucket}-{kicks}-{mac[::-1]}",
    ):
        assert segment_key_read(forged, stream_id=STREAM) is None


async def test_the_gate_asks_once_in_two_seconds_however_many_load(relay):
    for _ in range(10):
        await asyncio.gather(*(relay.playlist() for _ in range(20)))
        relay.now += 0.19
    assert relay.loads == 1
    relay.now += 0.2
    await asyncio.gather(*(relay.playlist() for _ in range(20)))
    assert relay.loads == 2


@pytest.mark.parametrize("trouble", [Busy(), OperationalError()])
async def test_a_database_that_is_away_closes_the_doors_after_ten_seconds(relay, trouble):
    assert (await relay.playlist())[0] == 200
    relay.gate = trouble
    relay.now += 9
    assert (await relay.playlist())[0] == 200
    relay.now += 3
    assert (await relay.playlist())[0] == 503
    relay.gate = Gate(live=True)
    assert (await relay.playlist())[0] == 200


@pytest.mark.parametrize(
    "name",
    [
        "run-1/source/../../../secret_key",
        "run-1/source/..%2f..%2fsecret_key",
        "../run-1/source/000000.m4s",
        "run-1/source/000000.m4s/",
        "run-1//source/000000.m4s",
        "run-1/source/000000.m4s\n",
        "run-1/source/index.m3u8",
        "timeline.json",
        "claim",
    ],
)
async def test_no_other_file_can_be_named(relay, name):
    key = segment_key(stream_id=STREAM, kicks=0, at=relay.now)
    assert await relay.status(f"/seg/{STREAM}/{key}/{name}") == 404


async def test_only_reading_is_offered(relay):
    path = f"/hls/{STREAM}/{relay.pass_for()}/source.m3u8"
    assert (await relay.get(path, "POST"))[0] == 405
    status, body, headers = await relay.get(path, "HEAD")
    assert (status, body) == (200, b"")
    assert int(headers["content-length"]) > 100


async def test_a_segment_that_is_gone_is_not_found_and_not_remembered(relay):
    key = segment_key(stream_id=STREAM, kicks=0, at=relay.now)
    path = f"/seg/{STREAM}/{key}/run-1/source/000001.m4s"
    assert await relay.status(path) == 404
    (relay.folder / "run-1" / "source" / "000001.m4s").write_bytes(b"late")
    assert await relay.status(path) == 200


# --- what the gate loads ---------------------------------------------------------------------------


def session_at(stream: Stream, viewer_id: str) -> ViewerSession:
    now = timezone.now()
    return ViewerSession.objects.create(
        id=session_id(stream_id=stream.pk, viewer_id=viewer_id),
        stream=stream,
        viewer_id=viewer_id,
        joined_at=now,
        last_seen_at=now,
        media_seen_at=now,
    )


def test_the_gate_knows_status_and_revoked_sessions_in_one_query(live_stream, django_assert_num_queries):
    kicked, other = session_at(live_stream, "a:kicked"), session_at(live_stream, "a:other")
    before = timezone.now().timestamp()
    viewer_revoke(stream_id=live_stream.pk, viewer_id="a:kicked")
    with django_assert_num_queries(1):  # the stream, with its revoked sessions
        gate = gate_load(live_stream.pk)
    assert gate.admits(PlaylistPass(other.pk, before, 0))
    assert not gate.admits(PlaylistPass(kicked.pk, before, 0))
    assert before <= gate.kicked_at[0] <= timezone.now().timestamp()


def test_the_gate_is_closed_before_and_after_the_stream(stream, live_stream):
    assert gate_load(live_stream.pk).live
    stream_end(stream_id=live_stream.pk, reason=EndReason.CREATOR)
    gate = gate_load(live_stream.pk)
    assert not gate.live
    assert abs(gate.ended_at - timezone.now().timestamp()) < 5
    assert gate_load(uuid4()) == CLOSED


def test_the_gate_knows_when_the_audience_changed(live_stream):
    before = timezone.now().timestamp()
    stream_update(stream_id=live_stream.pk, visibility=StreamVisibility.FOLLOWERS)
    assert before <= gate_load(live_stream.pk).audience_at <= timezone.now().timestamp()


async def test_a_page_of_another_site_cannot_open_the_ingest():
    sent = []

    async def receive():
        return {"type": "websocket.connect"}

    async def send(message):
        sent.append(message)

    headers = [(b"host", b"busk.example"), (b"origin", b"https://evil.example")]
    await ingest({"type": "websocket", "headers": headers, "query_string": b"pass=x"}, receive, send)
    assert [(message["type"], message["code"]) for message in sent] == [("websocket.close", 4403)]
