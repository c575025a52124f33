"""Deciding on lines and storing those that are said, in one transaction in which nothing else changes the rules."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from accounts.services import people_lock
from chat.events import Author, ChatMessageEvent
from chat.models import AuthorRole, MessageKind
from chat.storing import Accepted, iso, repeated, rows_accept
from core.errors import DomainError, NotFound
from core.ids import first_id_of, new_id
from moderation.filtering import Findings, findings_ahead, findings_now
from moderation.held.services import Waiting, held_add
from moderation.lines import Said, Verdict, judge
from moderation.rooms import rooms_turn
from moderation.standing import RoomNow, room_now
from realtime.events import encode

# More than the clock of one server may be behind that of another.
CLOCKS_APART = timedelta(seconds=30)
TERM_REASON = "a term of the channel"


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A message that somebody wants to say. ``text`` went through ``chat.text.message_text``.

    ``role`` is what the door took its author for; what they are is looked up when it is decided on.
    """

    user_id: UUID
    party_id: UUID
    name: str
    role: AuthorRole
    client_id: str
    text: str


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """The line waits for the team, under the ``id`` it will have. ``repeated``: it did before."""

    id: UUID
    repeated: bool


Answer = Accepted | Held | DomainError


class _AllRooms(Exception):
    """What was decided concerns all rooms of the channel: begin again, holding them all."""

    def __init__(self, channel_id: UUID) -> None:
        super().__init__(channel_id)
        self.channel_id = channel_id


def lines_accept(stream_id: UUID, lines: Sequence[Line]) -> list[Answer]:
    """What became of each line, in their order.

    Locks: the room's row, before it is looked what holds for the lines, until they are stored. Queries: 2; 1 more where
    a line is not said, 2 more in slow mode, 1 more to hold lines, and more to time somebody out.
    """
    first: dict[tuple[UUID, str], int] = {}
    for place, line in enumerate(lines):
        first.setdefault((line.user_id, line.client_id), place)
    places = sorted(first.values())
    answers = dict(zip(places, _accept(stream_id, [lines[place] for place in places]), strict=True))
    return [
        answers[place] if place in answers else _again(answers[first[line.user_id, line.client_id]])
        for place, line in enumerate(lines)
    ]


def answered_before(stream_id: UUID, lines: Sequence[Line]) -> dict[int, Answer]:
    """The places of lines that were said or held before, with what was answered then. Queries: 2."""
    room = room_now(stream_id=stream_id, authors=_authors(lines), client_ids=_names(lines))
    return {} if room is None else _known(stream_id, room, lines)


def _accept(stream_id: UUID, lines: list[Line]) -> list[Answer]:
    viewers = {line.text for line in lines if line.role == AuthorRole.VIEWER}
    ahead = findings_ahead(stream_id, viewers)
    try:
        with transaction.atomic():
            return _in_turn(stream_id, lines, ahead)
    except _AllRooms as concerned:
        with transaction.atomic():
            rooms_turn(channel_id=concerned.channel_id)
            return _in_turn(stream_id, lines, ahead, all_rooms=True)


def _in_turn(
    stream_id: UUID, lines: list[Line], ahead: Findings | None, *, all_rooms: bool = False
) -> list[Answer]:
    room = room_now(stream_id=stream_id, authors=_authors(lines), client_ids=_names(lines), turn=True)
    if room is None:
        return [NotFound()] * len(lines)
    now = timezone.now()
    findings = findings_now(stream_id, room.rules, ahead)
    answers: dict[int, Answer] = {}
    fresh = list(range(len(lines)))
    verdicts = judge(room=room, lines=[_said(line) for line in lines], findings=findings, at=now)
    # What was said before is answered as it was then, whatever holds now, and does not count again.
    if room.slow_seconds is not None or room.held or any(verdict.kind != "say" for verdict in verdicts):
        answers = _known(stream_id, room, lines)
        fresh = [place for place in fresh if place not in answers]
        last = last_said(stream_id, room, {line.party_id for line in lines}, now)
        said = [_said(lines[place], last) for place in fresh]
        verdicts = judge(room=room, lines=said, findings=findings, at=now)
    decided = [(place, lines[place], verdict) for place, verdict in zip(fresh, verdicts, strict=True)]
    answers.update(
        (place, verdict.refusal) for place, _line, verdict in decided if verdict.refusal is not None
    )
    if late := [(line, verdict) for _place, line, verdict in decided if verdict.timeout_seconds]:
        assert room.channel_id is not None
        if not all_rooms:
            raise _AllRooms(room.channel_id)
        _time_out(room.channel_id, late)
    answers.update(_hold(stream_id, room, now, [each for each in decided if each[2].kind == "hold"]))
    answers.update(_store(stream_id, now, [each for each in decided if each[2].kind == "say"]))
    return [answers[place] for place in range(len(lines))]


def _known(stream_id: UUID, room: RoomNow, lines: Sequence[Line]) -> dict[int, Answer]:
    """What was answered before, by the place of the line. Queries: 1."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT party_id, client_id, id, seq, text, created_at FROM chat_chatmessage WHERE stream_id = %s"
            " AND party_id = ANY(%s) AND client_id = ANY(%s) AND card IS NULL",
            [stream_id, list({line.party_id for line in lines}), _names(lines)],
        )
        said = {(party_id, name): rest for party_id, name, *rest in cursor.fetchall()}
    known: dict[int, Answer] = {}
    for place, line in enumerate(lines):
        if (message := said.get((line.party_id, line.client_id))) is not None:
            known[place] = repeated(_event(line, line.role, line.text, ""), *message)
        elif (held_id := room.held.get((line.user_id, line.client_id))) is not None:
            known[place] = Held(id=held_id, repeated=True)
    return known


def last_said(stream_id: UUID, room: RoomNow, parties: Iterable[UUID], now: datetime) -> dict[UUID, datetime]:
    """When each party last said something here, as far back as slow mode looks. Queries: 1, none without slow mode.

    What was approved counts from when it was held, which moderation knows.
    """
    if room.slow_seconds is None:
        return {}
    since = now - timedelta(seconds=room.slow_seconds) - CLOCKS_APART
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT author.party, last.created_at FROM unnest(%s::uuid[]) AS author (party)
            CROSS JOIN LATERAL (
                SELECT created_at FROM chat_chatmessage AS message
                WHERE party_id = author.party AND stream_id = %s AND id >= %s AND kind = 'chat'
                    AND NOT EXISTS (SELECT FROM moderation_heldmessage AS held WHERE held.id = message.id)
                ORDER BY id DESC LIMIT 1
            ) AS last
            """,
            [list(parties), stream_id, first_id_of(since)],
        )
        return dict(cursor.fetchall())


def _time_out(channel_id: UUID, late: Sequence[tuple[Line, Verdict]]) -> None:
    """Terms ask for it. Queries: those of ``person_time_out``, and 2."""
    from moderation.bans.services import person_time_out

    people = User.objects.in_bulk([channel_id, *(line.user_id for line, _verdict in late)])
    # All at once, in the order of their ids: one after the other would be another order than everybody else's.
    people_lock(*people.values())
    for line, verdict in late:
        assert verdict.timeout_seconds is not None
        person_time_out(
            actor=None,
            channel=people[channel_id],
            person=people[line.user_id],
            seconds=verdict.timeout_seconds,
            reason=TERM_REASON,
        )


def _hold(
    stream_id: UUID, room: RoomNow, now: datetime, lines: list[tuple[int, Line, Verdict]]
) -> dict[int, Answer]:
    if not lines:
        return {}
    assert room.channel_id is not None
    waiting = [
        Waiting(
            id=new_id(),
            author_id=line.user_id,
            name=line.name,
            role=verdict.role,
            client_id=line.client_id,
            text=line.text,
            reason=verdict.reason,
            piece=verdict.piece,
        )
        for _place, line, verdict in lines
    ]
    held_add(stream_id=stream_id, channel_id=room.channel_id, lines=waiting, at=now)
    return {
        place: Held(id=held.id, repeated=False)
        for (place, _line, _verdict), held in zip(lines, waiting, strict=True)
    }


def _store(stream_id: UUID, now: datetime, lines: list[tuple[int, Line, Verdict]]) -> dict[int, Answer]:
    if not lines:
        return {}
    at = iso(now)
    events = [_event(line, verdict.role, verdict.text, at) for _place, line, verdict in lines]
    rows = [
        {
            "id": event.id,
            "party": str(line.party_id),
            "role": verdict.role,
            "client_id": line.client_id,
            "text": verdict.text,
            "body": encode(event).decode(),
        }
        for (_place, line, verdict), event in zip(lines, events, strict=True)
    ]
    accepted = rows_accept(stream_id, now, events, rows)
    return {place: answer for (place, _line, _verdict), answer in zip(lines, accepted, strict=True)}


def _again(answer: Answer) -> Answer:
    """The answer to a line that came twice in one batch."""
    return answer if isinstance(answer, DomainError) else msgspec.structs.replace(answer, repeated=True)


def _said(line: Line, last: dict[UUID, datetime] | None = None) -> Said:
    return Said(user_id=line.user_id, text=line.text, last_said_at=(last or {}).get(line.party_id))


def _authors(lines: Iterable[Line]) -> set[UUID]:
    return {line.user_id for line in lines}


def _names(lines: Iterable[Line]) -> list[str]:
    return [line.client_id for line in lines]


def _event(line: Line, role: str, text: str, at: str) -> ChatMessageEvent:
    return ChatMessageEvent(
        id=str(new_id()),
        client_id=line.client_id,
        kind=MessageKind.CHAT,
        user=Author(id=str(line.user_id), name=line.name, role=role),
        text=text,
        at=at,
    )
