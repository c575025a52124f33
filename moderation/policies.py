"""The one table of who may do what in a channel, and to whom. REST, sockets, pages and the admin ask here."""

import uuid
from enum import IntEnum, StrEnum
from typing import NamedTuple

from django.db import connection

from accounts.models import User
from moderation.errors import NotYourPlace


class Rank(IntEnum):
    """What somebody is in a channel. Each may do to those below what the table lets it."""

    NOBODY = 0
    VIP = 1
    MODERATOR = 2
    LEAD = 3
    OWNER = 4
    STAFF = 5


class Act(StrEnum):
    """What a team does, as the audit trail and the API name it."""

    SEE = "see"  # the moderation column: what is held, reports, what others did, people's cards
    DELETE = "delete"  # one message
    PURGE = "purge"  # all messages of a person
    CLEAR = "clear"  # the room
    WARN = "warn"
    TIMEOUT = "timeout"
    BAN = "ban"  # and unban
    BAN_NETWORK = "ban_network"
    ANSWER = "answer"  # unban requests
    DECIDE = "decide"  # what is held
    MODES = "modes"
    SHIELD = "shield"
    TERMS = "terms"
    TEAM = "team"  # invite, promote and remove those below
    LEADS = "leads"  # the same where somebody is a lead moderator, or is to be
    TRAIL = "trail"


LEAST: dict[Act, Rank] = {
    Act.SEE: Rank.MODERATOR,
    Act.DELETE: Rank.MODERATOR,
    Act.PURGE: Rank.MODERATOR,
    Act.CLEAR: Rank.MODERATOR,
    Act.WARN: Rank.MODERATOR,
    Act.TIMEOUT: Rank.MODERATOR,
    Act.BAN: Rank.MODERATOR,
    Act.DECIDE: Rank.MODERATOR,
    Act.MODES: Rank.MODERATOR,
    Act.SHIELD: Rank.MODERATOR,
    Act.TRAIL: Rank.MODERATOR,
    Act.ANSWER: Rank.LEAD,
    Act.BAN_NETWORK: Rank.LEAD,
    Act.TERMS: Rank.LEAD,
    Act.TEAM: Rank.LEAD,
    Act.LEADS: Rank.OWNER,
}

_RANKS = {"vip": Rank.VIP, "moderator": Rank.MODERATOR, "lead": Rank.LEAD}


class Standing(NamedTuple):
    """One person in one channel."""

    person_id: uuid.UUID
    rank: Rank


def refusal(*, act: Act, actor: Standing, target: Standing | None = None) -> NotYourPlace | None:
    """Why ``actor`` may not do this, or not to ``target``; None when they may. Queries: none.

    Nobody acts on somebody of their own rank or above, or on themselves, but for deleting what they said.
    """
    if target is not None and actor.person_id == target.person_id:
        return None if act == Act.DELETE else NotYourPlace(reason="oneself")
    if actor.rank < LEAST[act]:
        return NotYourPlace(reason="rank")
    if target is not None and target.rank >= actor.rank:
        return NotYourPlace(reason="target")
    return None


def require(*, act: Act, channel_id: uuid.UUID, actor: User, target: User | None = None) -> None:
    """Queries: 1. Raises: NotYourPlace."""
    people = {actor.pk: actor} | ({target.pk: target} if target else {})
    ranks = ranks_of(channel_id=channel_id, people=people)
    found = refusal(
        act=act,
        actor=Standing(actor.pk, ranks[actor.pk]),
        target=Standing(target.pk, ranks[target.pk]) if target else None,
    )
    if found is not None:
        raise found


def may(*, act: Act, channel_id: uuid.UUID, actor: User) -> bool:
    """Whether somebody may do this in the channel at all. Queries: 1."""
    rank = ranks_of(channel_id=channel_id, people={actor.pk: actor})[actor.pk]
    return refusal(act=act, actor=Standing(actor.pk, rank)) is None


def ranks_of(*, channel_id: uuid.UUID, people: dict[uuid.UUID, User]) -> dict[uuid.UUID, Rank]:
    """What each of the people is in the channel now, invitations not counted. Queries: 1, in plain SQL."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT person_id, role FROM moderation_teammember"
            " WHERE channel_id = %s AND person_id = ANY(%s) AND accepted_at IS NOT NULL",
            [channel_id, list(people)],
        )
        roles = dict(cursor.fetchall())
    return {
        person_id: rank_of(
            is_owner=person_id == channel_id, is_staff=person.is_staff, role=roles.get(person_id)
        )
        for person_id, person in people.items()
    }


def rank_of(*, is_owner: bool, is_staff: bool, role: str | None) -> Rank:
    """Owners in their own channel are owners, also where they are staff."""
    if is_owner:
        return Rank.OWNER
    if is_staff:
        return Rank.STAFF
    return _RANKS.get(role or "", Rank.NOBODY)
