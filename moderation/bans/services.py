"""Keeping people out of a channel, or silent in it, and letting them back.

All of them take turns with the lines of the channel, then hold what is between channel and person, and only then ask
who anybody is: so any two of them have an order, and the trail tells it.
"""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.services import people_lock
from core.errors import InvalidInput, NotFound
from core.facts import publish_on_commit
from core.text import said
from moderation.bans.errors import AskedAlready, IsBanned, NotBanned
from moderation.bans.evasion import networks_ban
from moderation.bans.events import NetworksBanned
from moderation.bans.models import Ban, Caution, NetworkBan, UnbanRequest
from moderation.errors import Decided, NotYourPlace
from moderation.events import PersonBanned, PersonTimedOut, PersonUnbanned, PersonWarned
from moderation.policies import Act, require
from moderation.rooms import rooms_turn
from moderation.trail import acted

TEXT_MAX = 500
TIMEOUT_SECONDS = 600
TIMEOUT_SECONDS_MOST = 14 * 24 * 3600
# A timeout of this long ends one.
TIMEOUT_ENDS = 1


@transaction.atomic
def person_ban(
    *,
    actor: User,
    channel: User,
    person: User,
    reason: str = "",
    purge: bool = False,
    with_networks: bool = False,
) -> Ban:
    """Keep somebody out of everything of a channel, from now on. Banning twice is one ban, with the newer reason.

    ``purge`` takes away what they said in streams that are on. ``with_networks`` keeps out whoever comes with what they
    came with too (``evasion.networks_ban``); done again, for another 30 days.
    Locks: the channel's rooms, channel and person. Emits: PersonBanned, NetworksBanned, TeamActed.
    Raises: NotYourPlace, InvalidInput, NetworkShared; then nothing is written.
    """
    reason = _text(reason, "reason")
    ban = _turn(channel, person)
    _require(Act.BAN, channel=channel, actor=actor, person=person)
    if with_networks:
        _require(Act.BAN_NETWORK, channel=channel, actor=actor, person=person)
    before, was_banned = _state(ban), ban is not None and ban.until is None
    if ban is None:
        ban = Ban(channel=channel, person=person, created_at=timezone.now())
    if not was_banned:
        # What was a timeout is counted as a ban from now on.
        ban.created_at = timezone.now()
    if not was_banned or ban.reason != reason:
        ban.until, ban.reason, ban.by_id = None, reason, actor.party_id
        ban.save()
        acted(
            action="person.banned",
            channel=channel,
            actor=actor,
            whom=person,
            reason=reason,
            before=before,
            after=_state(ban) or {},
        )
    # Also where nothing changed: should somebody be in there, they are put out.
    publish_on_commit(
        PersonBanned(
            channel_id=str(channel.pk),
            user_id=str(person.pk),
            party_id=str(person.party_id),
            purge=purge,
            by_party_id=str(actor.party_id),
        )
    )
    if with_networks:
        kept = networks_ban(ban)
        acted(
            action="network.banned",
            channel=channel,
            actor=actor,
            whom=person,
            reason=reason,
            after={"addresses": kept.addresses, "browsers": kept.browsers, "left_out": kept.shared},
        )
        publish_on_commit(NetworksBanned(ban_id=str(ban.pk)))
    return ban


@transaction.atomic
def person_unban(*, actor: User, channel: User, person: User, reason: str = "") -> None:
    """Lift a ban with its networks, or a timeout. It is no error if there is none.

    A request that is open is granted with it. Locks: those of ``person_ban``. Emits: PersonUnbanned, TeamActed;
    of a timeout PersonTimedOut. Raises: NotYourPlace, InvalidInput.
    """
    reason = _text(reason, "reason")
    ban = _turn(channel, person)
    _require(Act.BAN, channel=channel, actor=actor, person=person)
    if ban is None:
        return
    if ban.until is not None:
        _timeout_end(ban, actor=actor, reason=reason)
        return
    UnbanRequest.objects.filter(ban_id=ban.pk, state=UnbanRequest.State.OPEN).update(
        state=UnbanRequest.State.APPROVED, answered_by=actor.party_id, answered_at=timezone.now()
    )
    _lift(ban, actor=actor, reason=reason)


@transaction.atomic
def person_time_out(
    *,
    actor: User | None,
    channel: User,
    person: User,
    seconds: int = TIMEOUT_SECONDS,
    reason: str = "",
) -> Ban | None:
    """Keep somebody from writing for so many seconds from now, whatever was left of another; one second ends it.

    ``actor`` is None for a rule, which holds the room's turn already. Returns None where none is in force.
    Locks: those of ``person_ban``; for a rule without the rooms. Emits: PersonTimedOut, TeamActed.
    Raises: NotYourPlace, InvalidInput, IsBanned. A rule, and who ends a timeout, leave a ban as it is.
    """
    reason = _text(reason, "reason")
    if not 1 <= seconds <= TIMEOUT_SECONDS_MOST:
        raise InvalidInput(seconds=[f"From 1 to {TIMEOUT_SECONDS_MOST:,}."])
    ban = _turn(channel, person, rooms=actor is not None)
    if actor is not None:
        _require(Act.TIMEOUT, channel=channel, actor=actor, person=person)
    if ban is not None and ban.until is None:
        if actor is not None and seconds != TIMEOUT_ENDS:
            raise IsBanned()
        return ban
    if seconds == TIMEOUT_ENDS:
        if ban is not None:
            _timeout_end(ban, actor=actor, reason=reason)
        return None
    before, now = _state(ban), timezone.now()
    ban = ban or Ban(channel=channel, person=person)
    ban.until, ban.created_at, ban.reason = now + timedelta(seconds=seconds), now, reason
    ban.by_id = actor.party_id if actor else None
    ban.save()
    acted(
        action="person.timed_out",
        channel=channel,
        actor=actor,
        whom=person,
        reason=reason,
        before=before,
        after=(_state(ban) or {}) | {"seconds": seconds},
        until=ban.until,
    )
    _tell_until(ban, ban.until)
    return ban


@transaction.atomic
def person_warn(*, actor: User, channel: User, person: User, reason: str) -> Caution:
    """Tell somebody what they must not do; they write again once they have read it.

    Locks: those of ``person_ban``. Emits: PersonWarned, TeamActed. Raises: NotYourPlace, InvalidInput.
    """
    reason = _text(reason, "reason", required=True)
    _turn(channel, person)
    _require(Act.WARN, channel=channel, actor=actor, person=person)
    caution = Caution.objects.create(
        channel=channel, person=person, reason=reason, by_id=actor.party_id, created_at=timezone.now()
    )
    acted(action="person.warned", channel=channel, actor=actor, whom=person, reason=reason)
    publish_on_commit(
        PersonWarned(channel_id=str(channel.pk), user_id=str(person.pk), caution_id=str(caution.pk))
    )
    return caution


def caution_read(*, person: User, caution_id: uuid.UUID) -> Caution:
    """Say that one has read a warning. Reading it again changes nothing. Queries: 2. Raises: NotFound."""
    mine = Caution.objects.filter(pk=caution_id, person=person)
    mine.filter(read_at=None).update(read_at=timezone.now())
    caution = mine.first()
    if caution is None:
        raise NotFound()
    return caution


@transaction.atomic
def unban_ask(*, person: User, channel: User, text: str) -> UnbanRequest:
    """Ask to be let back, once for each ban. Locks: channel and person. Emits: TeamActed.

    Raises: InvalidInput, NotBanned, AskedAlready.
    """
    text = _text(text, "text", required=True)
    people_lock(channel, person)
    ban = Ban.objects.filter(channel=channel, person=person, until=None).first()
    if ban is None:
        raise NotBanned()
    earlier = UnbanRequest.objects.filter(ban_id=ban.pk).first()
    if earlier is not None:
        raise AskedAlready(state=earlier.state)
    request = UnbanRequest.objects.create(
        channel=channel, person=person, ban_id=ban.pk, text=text, created_at=timezone.now()
    )
    acted(
        action="unban.asked",
        channel=channel,
        actor=person,
        whom=person,
        after={"request": str(request.pk)},
    )
    return request


@transaction.atomic
def unban_answer(*, actor: User, request_id: uuid.UUID, approve: bool, answer: str = "") -> UnbanRequest:
    """Let somebody back, or not, and say why. The same answer again changes nothing.

    Locks: those of ``person_ban``, then the request. Emits: TeamActed; PersonUnbanned with ``approve``.
    Raises: NotFound, NotYourPlace, InvalidInput, Decided.
    """
    answer = _text(answer, "answer")
    found = UnbanRequest.objects.select_related("channel", "person").filter(pk=request_id).first()
    if found is None:
        raise NotFound()
    ban = _turn(found.channel, found.person)
    require(act=Act.ANSWER, channel_id=found.channel_id, actor=actor, target=found.person)
    request = UnbanRequest.objects.select_for_update(of=("self",), no_key=True).get(pk=request_id)
    state = UnbanRequest.State.APPROVED if approve else UnbanRequest.State.DENIED
    if request.state != UnbanRequest.State.OPEN:
        if (request.state, request.answer) == (state, answer):
            return request
        raise Decided(state=request.state)
    request.state, request.answer = state, answer
    request.answered_by_id, request.answered_at = actor.party_id, timezone.now()
    request.save(update_fields=["state", "answer", "answered_by", "answered_at"])
    acted(
        action="unban.answered",
        channel=found.channel,
        actor=actor,
        whom=found.person,
        reason=answer,
        before={"state": UnbanRequest.State.OPEN},
        after={"state": state, "request": str(request.pk)},
    )
    if approve and ban is not None and ban.pk == request.ban_id:
        _lift(ban, actor=actor, reason=answer)
    return request


def _turn(channel: User, person: User, *, rooms: bool = True) -> Ban | None:
    """What is in force, or was a timeout, held until commit. Queries: 3."""
    if rooms:
        rooms_turn(channel_id=channel.pk)
    people_lock(channel, person)
    return Ban.objects.select_related("channel", "person").filter(channel=channel, person=person).first()


def _require(act: Act, *, channel: User, actor: User, person: User) -> None:
    """Staff are above owners, but in their own channel these are kept out and silenced by nobody.

    Queries: 1. Raises: NotYourPlace.
    """
    require(act=act, channel_id=channel.pk, actor=actor, target=person)
    if person.pk == channel.pk:
        raise NotYourPlace(reason="target")


def _lift(ban: Ban, *, actor: User, reason: str) -> None:
    before = _state(ban)
    NetworkBan.objects.filter(ban=ban).delete()
    ban.delete()
    acted(
        action="person.unbanned",
        channel=ban.channel,
        actor=actor,
        whom=ban.person,
        reason=reason,
        before=before,
    )
    publish_on_commit(PersonUnbanned(channel_id=str(ban.channel_id), user_id=str(ban.person_id)))


def _timeout_end(ban: Ban, *, actor: User | None, reason: str) -> None:
    """One that is over already is only forgotten."""
    before, now = _state(ban), timezone.now()
    ban.delete()
    if before is None:
        return
    acted(
        action="timeout.ended",
        channel=ban.channel,
        actor=actor,
        whom=ban.person,
        reason=reason,
        before=before,
    )
    _tell_until(ban, now)


def _tell_until(ban: Ban, until: datetime) -> None:
    publish_on_commit(
        PersonTimedOut(
            channel_id=str(ban.channel_id),
            user_id=str(ban.person_id),
            party_id=str(ban.person.party_id),
            until=until.astimezone(UTC).isoformat(),
        )
    )


def _state(ban: Ban | None) -> dict[str, Any] | None:
    """As the trail tells it: None where nothing is in force."""
    if ban is None or (ban.until is not None and ban.until <= timezone.now()):
        return None
    until = ban.until.astimezone(UTC).isoformat() if ban.until else None
    return {"until": until, "reason": ban.reason}


def _text(raw: str, field: str, *, required: bool = False) -> str:
    """What is kept of it. Raises: InvalidInput."""
    # Far too long is not worth looking at each character.
    text = raw if len(raw) > 4 * TEXT_MAX else said(raw)
    if len(text) > TEXT_MAX:
        raise InvalidInput(**{field: [f"At most {TEXT_MAX} characters."]})
    if required and not text:
        raise InvalidInput(**{field: ["This may not be empty."]})
    return text
