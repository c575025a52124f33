"""Who may take playlists and segments of a stream, in memory, no more than two seconds old."""

import asyncio
import time
from bisect import bisect_right
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from math import inf
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db import Error as DatabaseError
from django.db.models import OuterRef
from django.db.models.functions import Extract, JSONObject

from core.errors import Busy
from realtime.calls import call
from streams.models import Stream, StreamStatus, ViewerSession

from .passes import KEY_GRACE_SECONDS, KEY_SECONDS, PlaylistPass, SegmentKey

FRESH_SECONDS = 2.0
# After this long every process's gate knows of a kick.
KNOWN_SECONDS = 3.0
# While the database cannot be asked, what was known goes on for this long; then every door closes.
_STALE_SECONDS = 10.0
_MOST_STREAMS = 10_000


@dataclass(frozen=True)
class Gate:
    """What one stream's doors need to know. Times are Unix time.

    ``audience_at`` is when it last became another question who may watch: everybody needs a newer pass since then.
    """

    live: bool
    ended_at: float = 0.0
    audience_at: float = 0.0
    revoked: Mapping[UUID, float] = field(default_factory=dict)

    @cached_property
    def kicked_at(self) -> tuple[float, ...]:
        """Each time that somebody was shut out, oldest first."""
        return tuple(sorted([*self.revoked.values(), *([self.audience_at] if self.audience_at else [])]))

    def kicks_before(self, at: float) -> int:
        """How often somebody had been shut out by then, as every process knew: each learns of it within seconds."""
        return bisect_right(self.kicked_at, at - KNOWN_SECONDS)

    def admits(self, entry: PlaylistPass) -> bool:
        """Whether the holder of this pass gets playlists now: of one who was shut out, a pass made since then."""
        shut_out_at = self.revoked.get(entry.session_id, 0.0)
        return self.live and entry.issued_at > shut_out_at and entry.issued_at >= self.audience_at

    def opens(
        self,
        key: SegmentKey,
        *,
        now: float,
        offered_since: Callable[[], float],
        published_at: Callable[[], float],
    ) -> bool:
        """Whether this key still opens a segment: for its 30 s and 10 more, and for 10 s after a kick or the end.

        After a kick it opens none that was published (``published_at``) once every process knew of it: those have
        another key, and nobody gets at them by counting on. A key also lives on while playlists offer segments that
        were published in its time (``offered_since`` is when the oldest was): the last ones before a broadcaster
        dropped stay until the next come.
        """
        if not self.opens_init(now=now) or key.bucket * KEY_SECONDS > now + FRESH_SECONDS:
            return False
        later_kick = next(iter(self.kicked_at[key.kicks :]), inf)
        if now >= later_kick + KNOWN_SECONDS + KEY_GRACE_SECONDS:
            return False
        if later_kick < inf and published_at() >= later_kick + KNOWN_SECONDS:
            return False
        return now < key.expires_at or (key.bucket + 1) * KEY_SECONDS > offered_since()

    def opens_init(self, *, now: float) -> bool:
        """Whether init segments are served, with any key of the stream: they hold no pictures, and last for a run."""
        return self.live or now < self.ended_at + KEY_GRACE_SECONDS


CLOSED = Gate(live=False)


def gate_load(stream_id: UUID) -> Gate:
    """The gate as the database has it. Queries: 1."""
    revoked = ViewerSession.objects.filter(stream=OuterRef("pk"), revoked_at__isnull=False).values(
        kick=JSONObject(id="id", at=Extract("revoked_at", "epoch"))
    )
    row = (
        Stream.objects.filter(pk=stream_id)
        .values("status", "ended_at", "audience_changed_at", kicks=ArraySubquery(revoked))
        .first()
    )
    if row is None:
        return CLOSED
    return Gate(
        live=row["status"] == StreamStatus.LIVE,
        ended_at=row["ended_at"].timestamp() if row["ended_at"] else 0.0,
        audience_at=row["audience_changed_at"].timestamp() if row["audience_changed_at"] else 0.0,
        revoked={UUID(kick["id"]): float(kick["at"]) for kick in row["kicks"]},
    )


class Gates:
    """Every stream's gate, loaded when asked for and at most once in two seconds however many ask."""

    def __init__(
        self,
        *,
        load: Callable[[UUID], Awaitable[Gate]] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._load = load or _load_off_the_loop
        self._clock = clock
        self._known: dict[UUID, tuple[Gate, float]] = {}
        self._loading: dict[UUID, asyncio.Task[Gate]] = {}

    async def get(self, stream_id: UUID) -> Gate:
        """Raises: Busy when the database could not be asked for too long."""
        known = self._known.get(stream_id)
        if known is not None and self._clock() - known[1] < FRESH_SECONDS:
            return known[0]
        loading = self._loading.get(stream_id)
        if loading is None:
            loading = self._loading[stream_id] = asyncio.create_task(self._refresh(stream_id))
        return await asyncio.shield(loading)

    def forget(self, stream_id: UUID) -> None:
        """Something changed just now: ask again at the next load. From any thread."""
        self._known.pop(stream_id, None)

    async def _refresh(self, stream_id: UUID) -> Gate:
        asked_at = self._clock()
        try:
            gate = await self._load(stream_id)
        except (Busy, DatabaseError):
            known = self._known.get(stream_id)
            if known is None or asked_at - known[1] > _STALE_SECONDS:
                raise Busy(what="gate")
            return known[0]
        finally:
            del self._loading[stream_id]
        while len(self._known) >= _MOST_STREAMS:
            del self._known[next(iter(self._known))]
        self._known[stream_id] = gate, asked_at
        return gate


async def _load_off_the_loop(stream_id: UUID) -> Gate:
    return await call(gate_load, stream_id)


gates = Gates()
