"""Bridges from rooms to HLS: an egress sends pictures to our RTMP listener, and the relay's packager does the rest.

One process runs them all: whoever holds the lock, so another takes over when it dies. What it decides is in
``overflow``; what others need to know of it is in ``streams.models.Bridge``. See docs/bridge.md.
"""

import asyncio
import logging
import secrets
import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from django.conf import settings
from django.core.cache import cache
from django.db import Error as DatabaseError
from django.db import connections
from livekit import api
from livekit.protocol.models import ParticipantInfo, TrackSource, TrackType

from core.errors import Busy
from streams.media.errors import MediaAway
from streams.media.livekit.client import EngineRefused, engine
from streams.media.livekit.overflow import Load, Overflow, step
from streams.media.livekit.rooms import room_name
from streams.media.livekit.rtmp import Connection, RtmpListener
from streams.media.livekit.rules import SENDERS, has_pictures, joined_ms
from streams.media.livekit.seats import role_of, seats_taken
from streams.media.relay.limits import BUFFER_BYTES
from streams.media.relay.ownership import Locks
from streams.media.relay.run import Run
from streams.media.relay.stage import Replaced, Stage
from streams.media.relay.stages import Stages
from streams.media.relay.stages import stages as relay_stages
from streams.models import OVER, Bridge, Stream, StreamStatus

logger = logging.getLogger(__name__)
T = TypeVar("T")

TICK_SECONDS = 2.0
# From its start until an egress sends; measured: 2.4 s on an idle machine.
EGRESS_START_SECONDS = 25.0
# An egress that failed is started again after 5, 10, 20... seconds.
RETRY_FIRST_SECONDS, RETRY_MOST_SECONDS = 5.0, 120.0
# Pictures may pause for this long, as when the publisher's line breaks, before newcomers are kept from HLS.
PAUSE_SECONDS = 15.0
STATE_CACHE_SECONDS = 1
_LEADER = uuid.UUID("6d1c3a6e-5a54-4f43-9d0c-0f6a4f0b1e57")
_BITRATES = {1080: 4_500, 720: 3_000}


@dataclass(frozen=True)
class BridgeState:
    """What a viewer's choice needs to know."""

    ready: bool = False
    full: bool = False


def bridge_state(*, stream_id: uuid.UUID) -> BridgeState:
    """As at most a second ago. Queries: none, or 1."""
    key = f"bridge:{stream_id}"
    state: BridgeState | None = cache.get(key)
    if state is None:
        row = Bridge.objects.filter(pk=stream_id).values("ready", "full").first()
        state = BridgeState(**row) if row else BridgeState()
        cache.set(key, state, timeout=STATE_CACHE_SECONDS)
    return state


@dataclass(frozen=True)
class Source:
    """What an egress shows: another one needs another egress."""

    identity: str
    screen: bool
    audio: bool
    width: int
    height: int


def source_of(people: Sequence[ParticipantInfo]) -> Source | None:
    """The newest publisher in a room, and of the pictures the screen where one is shared."""
    publishers = [one for one in people if role_of(one.identity) in SENDERS and has_pictures(one)]
    if not publishers:
        return None
    newest = max(publishers, key=joined_ms)
    pictures = [track for track in newest.tracks if track.type == TrackType.VIDEO]
    shared = [track for track in pictures if track.source == TrackSource.SCREEN_SHARE]
    shown = (shared or pictures)[0]
    lines = 1080 if min(shown.width, shown.height) >= 1080 else 720
    size = (lines * 16 // 9, lines)
    if shown.height > shown.width:
        size = (lines, lines * 16 // 9)
    audio = any(track.type == TrackType.AUDIO for track in newest.tracks)
    return Source(newest.identity, bool(shared), audio, *size)


def egress_request(*, stream_id: uuid.UUID, source: Source, url: str) -> api.ParticipantEgressRequest:
    """H.264 with a key frame each second, since segments are cut there, and AAC."""
    return api.ParticipantEgressRequest(
        room_name=room_name(stream_id),
        identity=source.identity,
        screen_share=source.screen,
        advanced=api.EncodingOptions(
            width=source.width,
            height=source.height,
            framerate=30,
            video_codec=api.VideoCodec.H264_MAIN,
            video_bitrate=_BITRATES[min(source.width, source.height)],
            key_frame_interval=1.0,
            audio_codec=api.AudioCodec.AAC,
            audio_bitrate=128,
            audio_frequency=48_000,
        ),
        stream_outputs=[api.StreamOutput(protocol=api.StreamProtocol.RTMP, urls=[url])],
    )


class EngineReports:
    """LiveKit's reconcile says how the stream does; pictures that arrive here say nothing of it."""

    def arrived(self, *, stream_id: uuid.UUID) -> None: ...

    def lost(self, *, stream_id: uuid.UUID) -> None: ...

    def seen(self, *, stream_id: uuid.UUID) -> bool:
        return Stream.objects.filter(pk=stream_id).exclude(status__in=OVER).exists()


class Line:
    """One connection of an egress: what it sends, into one run of the stage. A ``Sink``."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.run: Run | None = None
        self.over = False
        self._waiting: list[bytes] = []
        self._waiting_bytes = 0

    def put(self, flv: bytes) -> None:
        if self.run is not None:
            self.run.put(flv)
            return
        self._waiting.append(flv)
        self._waiting_bytes += len(flv)
        if self._waiting_bytes > BUFFER_BYTES:
            self.connection.hang_up()

    def flows_into(self, run: Run) -> None:
        self.run = run
        for flv in self._waiting:
            run.put(flv)
        self._waiting = []

    def end(self) -> None:
        self.over = True


class Crossing:
    """One stream's bridge in the process that runs it. A ``Publisher`` of its stage as long as the bridge stands."""

    def __init__(self, stream_id: uuid.UUID, stages: Stages) -> None:
        self.stream_id = stream_id
        self.key = ""
        self.egress_id = ""
        self.source: Source | None = None
        self.order = time.time_ns() // 1_000_000
        self.tries = 0
        self.retry_at = self.started_at = 0.0
        self._flowing_at: float | None = None
        self._epoch = 0
        self._stages = stages
        self._stage: Stage | None = None
        self._line: Line | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    # --- as the stage sees it ---

    def tell(self, message: dict[str, Any]) -> None:
        if message["type"] in {"ingest:restart", "error"}:
            logger.warning("stream %s: the bridge's pictures broke off: %s", self.stream_id, message)
            self._hang_up()

    def close(self, code: int, reason: str) -> None:
        """The stage is no more. An egress whose line breaks comes again by itself, and has nowhere to go then."""
        self._stage = None
        self.key = ""
        self._hang_up()

    # --- as the listener sees it ---

    def admit(self, connection: Connection) -> Line:
        """Whoever sends now, sends in place of whoever did before."""
        self._hang_up()
        self._line = line = Line(connection)
        task = asyncio.get_running_loop().create_task(self._begin(line))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return line

    async def _begin(self, line: Line) -> None:
        self._epoch += 1
        try:
            self._stage, run = await self._stages.begin(
                self.stream_id, publisher=self, epoch=self._epoch, reports=EngineReports()
            )
        except (Busy, Replaced):
            logger.warning("stream %s: another process has its stage", self.stream_id)
            line.connection.hang_up()
        else:
            line.flows_into(run)

    # --- as its keeper sees it ---

    @property
    def connected(self) -> bool:
        return self._line is not None and not self._line.over

    @property
    def ready(self) -> bool:
        """Whether there is HLS that goes on, but for a short pause."""
        now = time.monotonic()
        if self._stage is not None and self._stage.flowing:
            self._flowing_at = now
        if self._flowing_at is None:
            return False
        return now - self._flowing_at < PAUSE_SECONDS or self.source is None

    def forget_line(self) -> None:
        """The egress is another one from now on."""
        self.key = secrets.token_urlsafe(24)
        self._hang_up()

    async def leave(self) -> None:
        """Nobody is to come any more: what arrived is published, and the stage closes."""
        self.key = ""
        self._hang_up()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._stage is not None:
            await self._stages.leave(self._stage, self)

    def _hang_up(self) -> None:
        if self._line is not None:
            self._line.connection.hang_up()
            self._line = None


class Bridges:
    """All bridges there are, in the one process that holds the lock. Only from the server's loop."""

    def __init__(self, *, stages: Stages = relay_stages, tick_seconds: float = TICK_SECONDS) -> None:
        self.crossings: dict[uuid.UUID, Crossing] = {}
        self.port = 0
        self._stages = stages
        self._tick_seconds = tick_seconds
        self._locks = Locks()
        self._leads = False
        self._listener = RtmpListener(self._admit)
        # Of their own, since LiveKit may be slow and the rooms' threads are for the rooms.
        self._threads: ThreadPoolExecutor | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to look after bridges, where there is LiveKit and this host is to have them."""
        if settings.LIVEKIT_URL and settings.BRIDGE_LISTEN != "off" and self._task is None:
            self._threads = ThreadPoolExecutor(2, thread_name_prefix="bridge")
            self._task = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        """This server stops. Whoever has the lock next goes on with other egresses."""
        if self._task is None or self._threads is None:
            return
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        self._task = None
        for crossing in list(self.crossings.values()):
            await crossing.leave()
        self.crossings.clear()
        await self._listener.close()
        await self._in_thread(self._locks.close)
        self._leads = False
        self._threads.shutdown(wait=False)

    async def _run(self) -> None:
        trouble = ""
        while True:
            try:
                await self.tick()
                trouble = ""
            except (DatabaseError, MediaAway, EngineRefused, OSError) as error:
                if trouble != type(error).__name__:  # said once, however long it lasts
                    trouble = type(error).__name__
                    logger.warning("bridges are not looked after: %s: %s", trouble, error)
            await asyncio.sleep(self._tick_seconds)

    async def tick(self) -> None:
        """Look once at all streams on air. Raises: DatabaseError, MediaAway, EngineRefused, OSError."""
        if not await self._lead():
            return
        rows, loads = await self._in_thread(_loads)
        for stream_id in rows.keys() - loads.keys():
            await self._end(stream_id, rows[stream_id].egress_id)
        for stream_id, load in loads.items():
            row = rows.get(stream_id)
            now = Overflow(bridge=row is not None, full=row is not None and row.full)
            then = step(now, load, limit=limit())
            if then.bridge:
                await self._keep(stream_id, row, full=then.full)
            elif row is not None:
                logger.info("stream %s: its bridge comes down", stream_id)
                await self._end(stream_id, row.egress_id)
        await self._follow()

    async def _lead(self) -> bool:
        """Whether this process runs the bridges. Raises: OSError when it should and cannot listen."""
        if self._leads and not await self._in_thread(lambda: self._locks.still_held(_LEADER)):
            logger.warning("the lock of the bridges is lost")
            self._leads = False
            for crossing in list(self.crossings.values()):
                await crossing.leave()
            self.crossings.clear()
            await self._listener.close()
        if not self._leads and await self._in_thread(lambda: self._locks.take(_LEADER)):
            host, _, port = settings.BRIDGE_LISTEN.rpartition(":")
            try:
                self.port = await self._listener.listen(host, int(port))
            except OSError:
                await self._in_thread(lambda: self._locks.free(_LEADER))
                raise
            self._leads = True
            logger.info("this process runs the bridges to HLS, at %s:%s", host, self.port)
        return self._leads

    async def _keep(self, stream_id: uuid.UUID, row: Bridge | None, *, full: bool) -> None:
        crossing = self.crossings.get(stream_id)
        if crossing is None:
            logger.info("stream %s: a bridge to HLS", stream_id)
            crossing = self.crossings[stream_id] = Crossing(stream_id, self._stages)
            if row is not None and row.egress_id:  # of a process that ended; it sends to nobody
                await self._stop_egress(row.egress_id)
        wanted = {
            "ready": crossing.ready,
            "full": full,
            "egress_id": crossing.egress_id,
            "tries": crossing.tries,
        }
        if row is None or any(getattr(row, name) != value for name, value in wanted.items()):
            await self._in_thread(lambda: _note(stream_id, wanted))

    async def _end(self, stream_id: uuid.UUID, egress_id: str) -> None:
        crossing = self.crossings.pop(stream_id, None)
        # First for those who ask, then for those who watch, and then the pictures.
        await self._in_thread(lambda: _forget(stream_id))
        if egress_id := (crossing.egress_id if crossing else "") or egress_id:
            await self._stop_egress(egress_id)
        if crossing is not None:
            await crossing.leave()

    async def _follow(self) -> None:
        """See that each bridge has an egress of whoever publishes in its room now."""
        if not self.crossings:
            return
        rooms = {room_name(stream_id): stream_id for stream_id in self.crossings}
        people = await self._in_thread(lambda: engine().list_participants(list(rooms)))
        for room, stream_id in rooms.items():
            if room in people:  # else its node does not answer, which says nothing of who is there
                await self._follow_one(self.crossings[stream_id], source_of(people[room]))

    async def _follow_one(self, crossing: Crossing, source: Source | None) -> None:
        now = time.monotonic()
        if source is None:
            # An egress ends with its publisher. The bridge stays for when they come back.
            crossing.source, crossing.egress_id = None, ""
            return
        if source == crossing.source and crossing.egress_id:
            if crossing.connected:
                crossing.tries = 0
                return
            if now - crossing.started_at < EGRESS_START_SECONDS and crossing.tries == 0:
                return
            await self._stop_egress(crossing.egress_id)
            self._failed(crossing, "it does not send")
        if source == crossing.source and now < crossing.retry_at:
            return
        if crossing.egress_id:
            await self._stop_egress(crossing.egress_id)
        await self._start_egress(crossing, source)

    async def _start_egress(self, crossing: Crossing, source: Source) -> None:
        crossing.source, crossing.started_at = source, time.monotonic()
        crossing.egress_id = ""
        crossing.forget_line()
        request = egress_request(
            stream_id=crossing.stream_id, source=source, url=f"{settings.BRIDGE_URL}/bridge/{crossing.key}"
        )
        try:
            started = await self._in_thread(lambda: engine().start_participant_egress(request))
        except MediaAway:
            self._failed(crossing, "no egress service answers")
        except EngineRefused as refused:
            self._failed(crossing, refused.reason)
        else:
            crossing.egress_id = started.egress_id
            logger.info("stream %s: egress %s shows %s", crossing.stream_id, started.egress_id, source)

    def _failed(self, crossing: Crossing, why: str) -> None:
        """Viewers stay in the room meanwhile. Said once, and tried again and again."""
        crossing.tries += 1
        wait = min(RETRY_MOST_SECONDS, RETRY_FIRST_SECONDS * 2 ** (crossing.tries - 1))
        crossing.retry_at = time.monotonic() + wait
        crossing.egress_id = ""
        level = logging.WARNING if crossing.tries == 1 else logging.DEBUG
        logger.log(level, "stream %s: no bridge to HLS: %s; tried again later", crossing.stream_id, why)

    async def _stop_egress(self, egress_id: str) -> None:
        with suppress(MediaAway, EngineRefused):  # it ends with the room at the latest
            await self._in_thread(lambda: engine().stop_egress(egress_id))

    def _admit(self, key: str, connection: Connection) -> Line | None:
        for crossing in self.crossings.values():
            if crossing.key and secrets.compare_digest(crossing.key, key):
                return crossing.admit(connection)
        return None

    async def _in_thread(self, work: Callable[[], T]) -> T:
        def run() -> T:
            try:
                return work()
            finally:
                connections.close_all()

        assert self._threads is not None
        return await asyncio.get_running_loop().run_in_executor(self._threads, run)


def limit() -> int:
    """Viewers in one room before HLS is for the others."""
    most: int = min(settings.WEBRTC_VIEWERS, settings.LIVEKIT_ROOM_CAPACITY)
    return most


def _loads() -> tuple[dict[uuid.UUID, Bridge], dict[uuid.UUID, Load]]:
    """The bridges there are, and the load of each stream on air. Queries: 2."""
    rows = {row.pk: row for row in Bridge.objects.all()}
    live = Stream.objects.filter(status=StreamStatus.LIVE).order_by().values_list("pk", "viewers_current")
    return rows, {pk: Load(seats=seats_taken(stream_id=pk), audience=viewers) for pk, viewers in live}


def _note(stream_id: uuid.UUID, wanted: dict[str, Any]) -> None:
    Bridge.objects.update_or_create(stream_id=stream_id, defaults=wanted)
    cache.delete(f"bridge:{stream_id}")


def _forget(stream_id: uuid.UUID) -> None:
    Bridge.objects.filter(pk=stream_id).delete()
    cache.delete(f"bridge:{stream_id}")


bridges = Bridges()
