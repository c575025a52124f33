"""What decides about the lines of a room, read at once."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec
from django.db import connection

from moderation.policies import Rank, rank_of


class Author(msgspec.Struct, frozen=True, array_like=True):
    """Somebody as they stand in the room's channel. Only ``until`` may be over by itself."""

    id: UUID
    is_active: bool
    is_staff: bool
    role: str | None
    follows_since: datetime | None
    is_blocked: bool
    is_banned: bool
    until: datetime | None
    ban_reason: str | None
    caution_id: UUID | None
    caution: str | None
    # When a line of theirs was last held in this room, and how many of them nobody decided on.
    held_at: datetime | None
    held_lines: int

    def is_put_out(self) -> bool:
        """For good, or until somebody lifts it."""
        return self.is_banned and self.until is None

    @property
    def is_kept_out(self) -> bool:
        """Not to be heard here at all, by the channel or by the site."""
        return not self.is_active or self.is_blocked or self.is_put_out()

    def is_silent(self, at: datetime) -> bool:
        return self.is_banned and self.until is not None and self.until > at


class Rules(NamedTuple):
    """By which texts are filtered."""

    channel_id: UUID
    links: str
    automod_level: int
    # Of the channel's terms, and of those that hold everywhere.
    versions: tuple[int, int]


class RoomNow(NamedTuple):
    """One room, and those who want to say something in it."""

    # None when the creator is erased.
    channel_id: UUID | None
    is_over: bool
    slow_seconds: int | None
    followers_minutes: int | None
    emote_only: bool
    links: str
    automod_level: int
    versions: tuple[int, int]
    # Of the whole channel, that nobody decided on.
    held_lines: int
    authors: dict[UUID, Author]
    # The ids of lines that were held before, by who said them and their name for them.
    held: dict[tuple[UUID, str], UUID]

    @property
    def rules(self) -> Rules | None:
        if self.channel_id is None:
            return None
        return Rules(self.channel_id, self.links, self.automod_level, self.versions)

    def rank(self, author: Author) -> Rank:
        return rank_of(is_owner=author.id == self.channel_id, is_staff=author.is_staff, role=author.role)


_authors = msgspec.json.Decoder(list[Author])
_held = msgspec.json.Decoder(list[tuple[UUID, str, UUID]])


def room_now(
    *, stream_id: UUID, authors: Iterable[UUID], client_ids: Iterable[str] = (), turn: bool = False
) -> RoomNow | None:
    """How things stand; None when there is no such stream. ``client_ids`` are looked for among what was held.

    Locks: with ``turn`` the room's row, before anything is read. Queries: 1, in plain SQL.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT channel_id, is_over, slow_seconds, followers_minutes, emote_only, links, automod_level,"
            " terms_here, terms_everywhere, waiting, people, held"
            " FROM moderation_standing(%s, %s, %s, %s)",
            [stream_id, list(set(authors)), list(client_ids), turn],
        )
        row = cursor.fetchone()
    if row is None:
        return None
    *room, terms_here, terms_everywhere, waiting, people, held = row
    authors_now = {author.id: author for author in _authors.decode(people or "[]")}
    held_before = {(author_id, name): held_id for author_id, name, held_id in _held.decode(held or "[]")}
    return RoomNow._make([*room, (terms_here, terms_everywhere), waiting, authors_now, held_before])
