"""What moderation tells: facts for the apps above, wire events for the rooms."""

import msgspec

from core.facts import Fact
from realtime.events import RoomEvent, room_event


class TeamActed(Fact, frozen=True, kw_only=True):
    """Somebody of a channel's team, or a rule, did something; ``audit_id`` is its event in the trail."""

    audit_id: str
    channel_id: str
    until: str | None = None
    message_id: str | None = None


class PersonBanned(Fact, frozen=True, kw_only=True):
    """``purge``: what they said in streams that are on is to be taken away, for ``by_party_id`` who asked for it."""

    channel_id: str
    user_id: str
    party_id: str
    purge: bool = False
    by_party_id: str | None = None


class PersonUnbanned(Fact, frozen=True, kw_only=True):
    channel_id: str
    user_id: str


class PersonTimedOut(Fact, frozen=True, kw_only=True):
    """``until`` is an ISO time; in the past it ended a timeout."""

    channel_id: str
    user_id: str
    party_id: str
    until: str


class PersonWarned(Fact, frozen=True, kw_only=True):
    channel_id: str
    user_id: str
    caution_id: str


class Person(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    name: str


@room_event
class ModActed(RoomEvent, frozen=True, kw_only=True, tag="mod:acted"):
    """The team did something. ``action`` is as in the audit trail; ``by`` is null for a rule."""

    audience = "team"

    id: str
    at: str
    action: str
    by: Person | None
    whom: Person | None
    reason: str
    # ISO 8601: when a timeout is over.
    until: str | None
    message_id: str | None
