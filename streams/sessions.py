"""Viewer sessions: presence as the rooms and the playlists report it, written in batches, and the counts from it.

Counts come from these rows and never from counting messages, so several processes agree and a lost message
changes nothing but the delay.
"""

import asyncio
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from django.db import connection, transaction
from django.db.models import Case, Count, F, Value, When
from django.utils import timezone

from core.facts import publish_on_commit
from realtime.calls import call
from realtime.presence import Presence
from streams.events import ViewerRevoked
from streams.models import Guest, Stream, ViewerSession
from streams.viewers import session_id

FLUSH_SECONDS = 0.25
# Pictures taken by who holds no socket are written down this often; those of others go with the heartbeats.
PICTURES_SECONDS = 10
# Three heartbeats: longer silence means gone, and longer without pictures means not watching.
SILENT_SECONDS = 30


@dataclass
class _Batch:
    """What happened since the last flush."""

    joined: dict[uuid.UUID, Presence] = field(default_factory=dict)
    left: set[uuid.UUID] = field(default_factory=set)
    seen: set[uuid.UUID] = field(default_factory=set)
    media: set[uuid.UUID] = field(default_factory=set)


class SessionBook:
    """Takes notes in the hub's loop and writes them down four times a second at most, off the loop.

    A viewer with two tabs has left when the last one closed, so sockets are counted per session.
    """

    def __init__(self) -> None:
        self._batch = _Batch()
        self._sockets: dict[uuid.UUID, int] = {}
        self._writing: asyncio.Task[None] | None = None
        self._pictures_due = 0.0
        self._pictures_waited = False

    def joined(self, presence: Presence) -> None:
        self._sockets[presence.session_id] = self._sockets.get(presence.session_id, 0) + 1
        self._batch.joined[presence.session_id] = presence
        self._batch.left.discard(presence.session_id)
        self._write_soon()

    def left(self, presence: Presence) -> None:
        remaining = self._sockets.get(presence.session_id, 0) - 1
        if remaining > 0:
            self._sockets[presence.session_id] = remaining
            return
        self._sockets.pop(presence.session_id, None)
        self._batch.left.add(presence.session_id)
        self._write_soon()

    def seen(self, presences: Sequence[Presence]) -> None:
        self._batch.seen.update(presence.session_id for presence in presences)
        self._write_soon()

    def media_seen(self, session_id: uuid.UUID) -> None:
        """The viewer took a playlist. Noted only; it is written with the next heartbeats, or by itself if none come."""
        self._batch.media.add(session_id)
        loop = asyncio.get_running_loop()
        if loop.time() >= self._pictures_due:
            self._pictures_due = loop.time() + PICTURES_SECONDS
            loop.call_later(PICTURES_SECONDS, self._write_pictures)

    def _write_pictures(self) -> None:
        if self._batch.media:
            self._pictures_waited = True
            self._write_soon()

    def _write_soon(self) -> None:
        if self._writing is None or self._writing.done():
            self._writing = asyncio.get_running_loop().create_task(self._write_later())

    async def _write_later(self) -> None:
        while self._batch.joined or self._batch.left or self._batch.seen or self._pictures_waited:
            await asyncio.sleep(FLUSH_SECONDS)
            self._pictures_waited = False
            batch, self._batch = self._batch, _Batch()
            await call(_write, batch)


book = SessionBook()
media_seen = book.media_seen


@transaction.atomic
def _write(batch: _Batch) -> None:
    """Queries: one per kind of note in the batch, however many notes."""
    now = timezone.now()
    with connection.cursor() as cursor:
        if batch.joined:
            cursor.execute(
                """
                INSERT INTO streams_viewersession (id, stream_id, viewer_id, party_id, joined_at, last_seen_at,
                    media_seen_at, seconds_watched, device, player, referrer_host, country)
                SELECT n.id, n.stream_id, n.viewer_id, n.party_id, %(now)s, %(now)s, %(now)s, 0,
                    n.device, n.player, n.referrer_host, n.country
                FROM unnest(%(ids)s::uuid[], %(streams)s::uuid[], %(viewers)s::text[], %(parties)s::uuid[],
                        %(device)s::text[], %(player)s::text[], %(referrer_host)s::text[], %(country)s::text[])
                    AS n (id, stream_id, viewer_id, party_id, device, player, referrer_host, country)
                JOIN streams_stream ON streams_stream.id = n.stream_id
                ON CONFLICT (id) DO UPDATE SET left_at = NULL, last_seen_at = %(now)s, media_seen_at = %(now)s,
                    player = COALESCE(NULLIF(excluded.player, ''), streams_viewersession.player),
                    joined_at = CASE WHEN streams_viewersession.revoked_at = streams_viewersession.joined_at
                        THEN %(now)s ELSE streams_viewersession.joined_at END
                """,
                {
                    "now": now,
                    "ids": list(batch.joined),
                    "streams": [who.room_id for who in batch.joined.values()],
                    "viewers": [who.viewer_id for who in batch.joined.values()],
                    "parties": [who.party_id for who in batch.joined.values()],
                    "device": [who.about.get("device", "") for who in batch.joined.values()],
                    "player": [who.about.get("player", "") for who in batch.joined.values()],
                    "referrer_host": [who.about.get("referrer_host", "") for who in batch.joined.values()],
                    "country": [who.about.get("country", "") for who in batch.joined.values()],
                },
            )
        if batch.media:
            cursor.execute(
                "UPDATE streams_viewersession SET media_seen_at = %(now)s, pictures_at = %(now)s"
                " WHERE id = ANY(%(ids)s)",
                {"now": now, "ids": list(batch.media)},
            )
        if still_here := (batch.seen | batch.left) - batch.joined.keys():
            # Time counts as watched while pictures were taken, at most one silence long.
            cursor.execute(
                """
                UPDATE streams_viewersession SET
                    left_at = CASE WHEN id = ANY(%(left)s) THEN %(now)s END,
                    seconds_watched = seconds_watched + CASE
                        WHEN media_seen_at > %(now)s - make_interval(secs => %(silent)s)
                        THEN LEAST(round(extract(epoch FROM %(now)s - last_seen_at)), %(silent)s) ELSE 0 END,
                    last_seen_at = %(now)s
                WHERE id = ANY(%(ids)s)
                """,
                {"now": now, "silent": SILENT_SECONDS, "left": list(batch.left), "ids": list(still_here)},
            )
        if gone_at_once := batch.left & batch.joined.keys():
            cursor.execute(
                "UPDATE streams_viewersession SET left_at = %s WHERE id = ANY(%s)", [now, list(gone_at_once)]
            )


def recount(stream_ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, int]:
    """Who watches now, by stream, kept with peak and total on the stream rows. Queries: 1.

    Watching means: present within half a minute, and taking pictures within half a minute while there are any.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH counted AS (
                SELECT stream.id,
                    count(session.id) FILTER (
                        WHERE session.left_at IS NULL
                        AND session.last_seen_at > now() - make_interval(secs => %(silent)s)
                        AND (stream.media_state <> 'flowing'
                            OR session.media_seen_at > now() - make_interval(secs => %(silent)s))
                        AND stream.ended_at IS NULL
                    ) AS present,
                    -- Who was only ever shut out never came: see viewer_revoke.
                    count(session.id) FILTER (
                        WHERE session.revoked_at IS DISTINCT FROM session.joined_at
                    ) AS total
                FROM streams_stream AS stream
                LEFT JOIN streams_viewersession AS session ON session.stream_id = stream.id
                WHERE stream.id = ANY(%(ids)s)
                GROUP BY stream.id
            ), changed AS (
                UPDATE streams_stream AS stream SET
                    viewers_current = counted.present,
                    viewers_peak = GREATEST(stream.viewers_peak, counted.present),
                    viewers_total = GREATEST(stream.viewers_total, counted.total)
                FROM counted
                WHERE counted.id = stream.id
                    AND (stream.viewers_current, stream.viewers_total) IS DISTINCT FROM
                        (counted.present::int, counted.total::int)
            )
            SELECT id, present FROM counted
            """,
            {"silent": SILENT_SECONDS, "ids": list(stream_ids)},
        )
        return dict(cursor.fetchall())


def pictures_taken(*, seat_ids: Collection[uuid.UUID]) -> None:
    """The viewers of these seats of a media engine take pictures now. Queries: none, or 1.

    Written a third as often as silence would be noticed. A row that somebody else writes right now is left for the
    next time instead of waited for, so this cannot be part of a deadlock with the heartbeats of the same viewers.
    """
    if not seat_ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE streams_viewersession SET media_seen_at = %(now)s, pictures_at = %(now)s
            WHERE id IN (
                SELECT session.id FROM streams_seat AS seat
                JOIN streams_viewersession AS session
                    ON session.stream_id = seat.stream_id AND session.viewer_id = seat.viewer_id
                WHERE seat.id = ANY(%(seats)s)
                    AND session.left_at IS NULL
                    AND session.media_seen_at < %(now)s - make_interval(secs => %(often)s)
                FOR UPDATE OF session SKIP LOCKED
            )
            """,
            {"now": timezone.now(), "seats": list(seat_ids), "often": SILENT_SECONDS / 3},
        )


def streams_shared(*, user_ids: Collection[uuid.UUID]) -> list[uuid.UUID]:
    """Streams where all of these people are watching now. Queries: 1."""
    open_sessions = ViewerSession.objects.filter(
        party__user__in=user_ids, left_at=None, stream__ended_at=None
    ).order_by()
    together = open_sessions.values("stream_id").annotate(people=Count("pk")).filter(people=len(user_ids))
    return list(together.values_list("stream_id", flat=True))


def close_all(*, stream_id: uuid.UUID) -> None:
    """Close what sessions of an ended stream are still open. Queries: 1."""
    ViewerSession.objects.filter(stream_id=stream_id, left_at=None).update(left_at=timezone.now())


def session_leave(*, stream_id: uuid.UUID, session: uuid.UUID) -> None:
    """The viewer says goodbye where no socket can. Leaving twice, or without having come, is no error. Queries: 1."""
    ViewerSession.objects.filter(pk=session, stream_id=stream_id, left_at=None).update(left_at=timezone.now())


def sweep() -> dict[uuid.UUID, int]:
    """Close sessions that fell silent, recount the streams that are on. Returns the new counts that differ.

    Queries: 3.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE streams_viewersession SET left_at = last_seen_at"
            " WHERE left_at IS NULL AND last_seen_at < now() - make_interval(secs => %s)",
            [SILENT_SECONDS],
        )
    before = dict(
        Stream.objects.filter(ended_at=None).exclude(status="cancelled").values_list("id", "viewers_current")
    )
    now = recount(list(before)) if before else {}
    return {stream_id: count for stream_id, count in now.items() if count != before[stream_id]}


def session_ensure(*, stream_id: uuid.UUID, viewer_id: str, party_id: uuid.UUID | None) -> None:
    """Have a row for who was handed pictures and may never open the room; they do not count as there. Queries: 1."""
    now = timezone.now()
    session = ViewerSession(
        id=session_id(stream_id=stream_id, viewer_id=viewer_id),
        stream_id=stream_id,
        viewer_id=viewer_id,
        party_id=party_id,
        joined_at=now,
        last_seen_at=now,
        media_seen_at=now,
        left_at=now,
    )
    ViewerSession.objects.bulk_create([session], ignore_conflicts=True)


@transaction.atomic
def viewer_revoke(*, stream_id: uuid.UUID, viewer_id: str) -> None:
    """Take back what a viewer was given at a stream until now: sockets close, playlists and segments stop.

    Also for somebody who took playlists without ever opening a socket. Whether they may enter again is decided by
    ``streams.access`` when they ask. Emits: ViewerRevoked. Queries: 2, and 1 on commit.
    """
    now = timezone.now()
    session = session_id(stream_id=stream_id, viewer_id=viewer_id)
    ViewerSession.objects.update_or_create(
        id=session,
        defaults={
            "revoked_at": now,
            "left_at": now,
            # Who was only ever shut out, once or often, never came.
            "joined_at": Case(When(revoked_at=F("joined_at"), then=Value(now)), default=F("joined_at")),
        },
        create_defaults={
            "stream_id": stream_id,
            "viewer_id": viewer_id,
            "joined_at": now,
            "last_seen_at": now,
            "media_seen_at": now,
            "left_at": now,
            "revoked_at": now,
        },
    )
    # Until it is committed others decide by what was before: what they hand out meanwhile is taken back as well.
    transaction.on_commit(lambda: _revoked_now(session))
    publish_on_commit(ViewerRevoked(stream_id=str(stream_id), viewer_id=viewer_id))


def _revoked_now(session: uuid.UUID) -> None:
    now = timezone.now()
    never_came = When(revoked_at=F("joined_at"), then=Value(now))
    ViewerSession.objects.filter(pk=session, revoked_at__isnull=False).update(
        revoked_at=now, joined_at=Case(never_came, default=F("joined_at"))
    )


@transaction.atomic
def viewer_time_up(*, stream_id: uuid.UUID, viewer_id: str) -> None:
    """Put out a viewer all of whose passes for pictures have expired: nothing is to be remembered of that.

    Emits: ViewerRevoked. Queries: 1.
    """
    ViewerSession.objects.filter(
        pk=session_id(stream_id=stream_id, viewer_id=viewer_id), left_at=None
    ).update(left_at=timezone.now())
    publish_on_commit(ViewerRevoked(stream_id=str(stream_id), viewer_id=viewer_id))


@transaction.atomic
def viewer_merge(*, anonymous_id: str, user_id: uuid.UUID, party_id: uuid.UUID) -> None:
    """Somebody signed in: what they watched without an account at streams still on is theirs from now on.

    Queries: 3, and 1 per stream concerned.
    """
    invited = Guest.objects.filter(viewer_id=f"a:{anonymous_id}", stream__ended_at=None)
    already = Guest.objects.filter(viewer_id=f"u:{user_id}").values("stream_id")
    invited.exclude(stream_id__in=already).update(viewer_id=f"u:{user_id}", user_id=user_id)
    anonymous = ViewerSession.objects.filter(viewer_id=f"a:{anonymous_id}", stream__ended_at=None)
    for old in anonymous.select_for_update(of=("self",)):
        viewer_id = f"u:{user_id}"
        new_id = session_id(stream_id=old.stream_id, viewer_id=viewer_id)
        taken = ViewerSession.objects.filter(pk=new_id).exists()
        if taken:
            old.delete()
        else:
            ViewerSession.objects.filter(pk=old.pk).update(id=new_id, viewer_id=viewer_id, party_id=party_id)
