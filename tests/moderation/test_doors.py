"""Who may do what to whom, through every door there is: the services, REST, pages, and commands typed in the chat.

What is expected is written out here by hand, from docs/moderation.md. What is refused leaves no trace in the trail, and
what is done leaves one, whichever door it came by.
"""

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.cache import caches
from django.db import transaction
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from chat import slash
from chat.consumers import RoomConsumer
from chat.models import ChatMessage
from chat.removals import chat_clear, message_remove, messages_purge
from core.ids import new_id
from core.models import AuditEvent
from moderation.bans.models import Ban, Caution, UnbanRequest
from moderation.bans.services import (
    person_ban,
    person_time_out,
    person_unban,
    person_warn,
    unban_answer,
)
from moderation.errors import NotYourPlace
from moderation.held.models import HeldMessage
from moderation.held.services import held_decide
from moderation.modes.models import ChatModes
from moderation.modes.services import modes_set, shield_raise
from moderation.team.models import TeamMember
from moderation.team.services import member_invite, member_remove
from moderation.terms.services import term_add
from realtime.calls import call
from realtime.hub import hub
from realtime.models import Room
from realtime.passes import join_pass_issue
from streams.models import Stream

RANKS = ("nobody", "vip", "moderator", "lead", "owner", "staff")

# Rows do, columns are done to; an "x" cannot be: there is one owner, who is never banned.
ON_PEOPLE = """
            nobody  vip  moderator  lead  owner  staff  oneself
nobody        -      -       -       -      -      -       -
vip           -      -       -       -      -      -       -
moderator     +      +       -       -      -      -       -
lead          +      +       +       -      -      -       -
owner         +      +       +       +      x      -       -
staff         +      +       +       +      -      -       -
"""
# What was said: staff take away an owner's lines too, and everybody their own.
ON_ALL_THEY_SAID = """
            nobody  vip  moderator  lead  owner  staff  oneself
nobody        -      -       -       -      -      -       -
vip           -      -       -       -      -      -       -
moderator     +      +       -       -      -      -       -
lead          +      +       +       -      -      -       -
owner         +      +       +       +      x      -       -
staff         +      +       +       +      +      -       -
"""
ON_A_MESSAGE = """
            nobody  vip  moderator  lead  owner  staff  oneself
nobody        -      -       -       -      -      -       +
vip           -      -       -       -      -      -       +
moderator     +      +       -       -      -      -       +
lead          +      +       +       -      -      -       +
owner         +      +       +       +      x      -       +
staff         +      +       +       +      +      -       +
"""
# Teams, bans of networks.
BY_LEADS = """
            nobody  vip  moderator  lead  owner  staff  oneself
nobody        -      -       -       -      -      -       -
vip           -      -       -       -      -      -       -
moderator     -      -       -       -      -      -       -
lead          +      +       +       -      -      -       -
owner         +      +       +       +      x      -       -
staff         +      +       +       +      -      -       -
"""
ON_WHO_ASKS_TO_COME_BACK = """
            nobody  vip  moderator  lead  owner  staff  oneself
nobody        -      -       -       -      x      -       -
vip           -      -       -       -      x      -       -
moderator     -      -       -       -      x      -       -
lead          +      +       +       -      x      -       -
owner         +      +       +       +      x      -       x
staff         +      +       +       +      x      -       -
"""
MAKING_LEADS = """
            nobody  vip  moderator  lead  owner  staff  oneself
nobody        -      -       -       -      -      -       -
vip           -      -       -       -      -      -       -
moderator     -      -       -       -      -      -       -
lead          -      -       -       -      -      -       -
owner         +      +       +       +      x      -       -
staff         +      +       +       +      -      -       -
"""
# Who may do what is done to nobody.
BY_MODERATORS = {"nobody": "-", "vip": "-", "moderator": "+", "lead": "+", "owner": "+", "staff": "+"}
ONLY_BY_LEADS = {"nobody": "-", "vip": "-", "moderator": "-", "lead": "+", "owner": "+", "staff": "+"}


def cells(table: str) -> Iterator[tuple[str, str, bool]]:
    head, *rows = (line.split() for line in table.strip().splitlines())
    for actor, *marks in rows:
        for target, mark in zip(head, marks, strict=True):
            if mark != "x":
                yield actor, target, mark == "+"


@dataclass
class World:
    """Two of each rank in alice's channel, each with a line in her stream."""

    stream: Stream
    alice: User
    actors: dict[str, User]
    targets: dict[str, User]
    api: dict[str, APIClient] = field(default_factory=dict)
    browser: dict[str, Client] = field(default_factory=dict)
    messages: dict[UUID, UUID] = field(default_factory=dict)

    def target(self, actor: str, name: str) -> User:
        return self.actors[actor] if name == "oneself" else self.targets[name]


@dataclass
class Trial:
    """One try of somebody's to do something, to somebody or to nobody."""

    world: World
    rank: str
    actor: User
    person: User

    @property
    def room(self) -> str:
        return f"/api/streams/{self.world.stream.pk}"

    @property
    def channel(self) -> str:
        return "/api/channels/alice"

    @property
    def message(self) -> UUID:
        return self.world.messages[self.person.pk]

    @property
    def api(self) -> APIClient:
        return self.world.api[self.rank]

    def rest(self, method: str, path: str, body: object = None) -> bool:
        answer = getattr(self.api, method)(path, body, format="json")
        if answer.status_code == 403:
            assert answer.json()["code"] == "not_your_place", answer.content
            return False
        assert answer.status_code in {200, 201, 204}, (answer.status_code, answer.content)
        return True

    def typed(self, line: str) -> bool:
        told = slash.slash_run(
            actor_id=self.actor.pk, stream_id=self.world.stream.pk, client_id=str(uuid4()), text=line
        )
        assert told.code in {"done", "not_your_place"}, told
        return told.code == "done"

    def posted(self, path: str, **form: object) -> None:
        """Pages answer in words, so the trail says whether it was done."""
        answer = self.world.browser[self.rank].post(f"{path}?channel=alice", form)
        assert answer.status_code in {302, 400, 403, 404}, answer.status_code


def through_service(act: Callable[[], object]) -> bool:
    try:
        act()
    except NotYourPlace:
        return False
    return True


Door = Callable[[Trial], bool | None]


@dataclass(frozen=True)
class Act:
    """``given`` makes it possible to do it at all; ``doors`` answer whether it was done, or leave that to the trail."""

    expected: str | dict[str, str]
    doors: dict[str, Door]
    given: Callable[[Trial], None] = lambda trial: None


def banned(trial: Trial) -> None:
    if trial.person != trial.world.alice:  # of whom the database keeps no ban
        Ban.objects.create(
            channel=trial.world.alice, person=trial.person, reason="", created_at=timezone.now()
        )


def timed_out(trial: Trial) -> None:
    banned(trial)
    Ban.objects.update(until=timezone.now() + timedelta(minutes=5))


def asks_back(trial: Trial) -> None:
    banned(trial)
    ban = Ban.objects.first()
    UnbanRequest.objects.create(
        channel=trial.world.alice,
        person=trial.person,
        ban_id=ban.pk if ban else new_id(),
        text="please",
        created_at=timezone.now(),
    )


def is_held(trial: Trial) -> None:
    HeldMessage.objects.create(
        stream=trial.world.stream,
        channel=trial.world.alice,
        author=trial.world.targets["nobody"],
        client_id="c1",
        text="held",
        reason="term",
        created_at=timezone.now(),
    )


def in_team(trial: Trial) -> None:
    """Whoever is nothing is invited: there is something to take away."""
    if trial.person != trial.world.alice:
        TeamMember.objects.get_or_create(
            channel=trial.world.alice, person=trial.person, defaults={"role": "vip"}
        )


def other_role(trial: Trial) -> str:
    """A role below lead that is news for this person."""
    return "moderator" if TeamMember.objects.filter(person=trial.person, role="vip").exists() else "vip"


def or_lead(trial: Trial) -> str:
    """``lead``, or for a lead one that takes it away: both are for who has to do with leads."""
    return "vip" if TeamMember.objects.filter(person=trial.person, role="lead").exists() else "lead"


def whom(trial: Trial) -> dict[str, Any]:
    return {"actor": trial.actor, "channel": trial.world.alice, "person": trial.person}


def by(trial: Trial) -> dict[str, Any]:
    return {"actor": trial.actor, "channel": trial.world.alice}


def the_request() -> UUID:
    return UnbanRequest.objects.get().pk


def the_held() -> UUID:
    return HeldMessage.objects.get().pk


ACTS: dict[str, Act] = {
    "delete a message": Act(
        ON_A_MESSAGE,
        {
            "service": lambda t: through_service(
                lambda: message_remove(actor=t.actor, stream_id=t.world.stream.pk, message_id=t.message)
            ),
            "rest": lambda t: t.rest("delete", f"{t.room}/messages/{t.message}"),
            "typed": lambda t: t.typed(f"/delete {t.message}"),
        },
    ),
    "take away all a person said": Act(
        ON_ALL_THEY_SAID,
        {
            "service": lambda t: through_service(
                lambda: messages_purge(actor=t.actor, stream_id=t.world.stream.pk, person=t.person)
            ),
            "rest": lambda t: t.rest("delete", f"{t.room}/messages?user={t.person.pk}"),
        },
    ),
    "clear the room": Act(
        BY_MODERATORS,
        {
            "service": lambda t: through_service(
                lambda: chat_clear(actor=t.actor, stream_id=t.world.stream.pk)
            ),
            "rest": lambda t: t.rest("delete", f"{t.room}/messages"),
            "typed": lambda t: t.typed("/clear"),
        },
    ),
    "warn": Act(
        ON_PEOPLE,
        {
            "service": lambda t: through_service(lambda: person_warn(**whom(t), reason="no")),
            "rest": lambda t: t.rest("post", f"{t.channel}/warnings/{t.person.pk}", {"reason": "no"}),
            "typed": lambda t: t.typed(f"/warn {t.person.username} no"),
        },
    ),
    "time out": Act(
        ON_PEOPLE,
        {
            "service": lambda t: through_service(lambda: person_time_out(**whom(t), seconds=60)),
            "rest": lambda t: t.rest("put", f"{t.channel}/timeouts/{t.person.pk}", {"seconds": 60}),
            "typed": lambda t: t.typed(f"/timeout {t.person.username} 1m"),
        },
    ),
    "end a timeout": Act(
        ON_PEOPLE,
        {
            "service": lambda t: through_service(lambda: person_time_out(**whom(t), seconds=1)),
            "rest": lambda t: t.rest("delete", f"{t.channel}/timeouts/{t.person.pk}"),
            "typed": lambda t: t.typed(f"/untimeout {t.person.username}"),
            "page": lambda t: t.posted(f"/studio/moderation/bans/{t.person.pk}/lift"),
        },
        given=timed_out,
    ),
    "ban": Act(
        ON_PEOPLE,
        {
            "service": lambda t: through_service(lambda: person_ban(**whom(t))),
            "rest": lambda t: t.rest("put", f"{t.channel}/bans/{t.person.pk}", {}),
            "typed": lambda t: t.typed(f"/ban {t.person.username}"),
        },
    ),
    "unban": Act(
        ON_PEOPLE,
        {
            "service": lambda t: through_service(lambda: person_unban(**whom(t))),
            "rest": lambda t: t.rest("delete", f"{t.channel}/bans/{t.person.pk}"),
            "typed": lambda t: t.typed(f"/unban {t.person.username}"),
            "page": lambda t: t.posted(f"/studio/moderation/bans/{t.person.pk}/lift"),
        },
        given=banned,
    ),
    "ban with networks": Act(
        BY_LEADS,
        {
            "service": lambda t: through_service(lambda: person_ban(**whom(t), with_networks=True)),
            "rest": lambda t: t.rest("put", f"{t.channel}/bans/{t.person.pk}", {"with_networks": True}),
        },
    ),
    "answer who asks to come back": Act(
        ON_WHO_ASKS_TO_COME_BACK,
        {
            "service": lambda t: through_service(
                lambda: unban_answer(actor=t.actor, request_id=the_request(), approve=False)
            ),
            "rest": lambda t: t.rest(
                "post", f"{t.channel}/unban-requests/{the_request()}/answer", {"approve": False}
            ),
            "page": lambda t: t.posted(f"/studio/moderation/bans/requests/{the_request()}"),
        },
        given=asks_back,
    ),
    "invite, or give another role": Act(
        # A lead has to do with everybody below but leads; who makes leads is the next table.
        BY_LEADS,
        {
            "service": lambda t: through_service(lambda: member_invite(**whom(t), role=other_role(t))),
            "rest": lambda t: t.rest(
                "post", f"{t.channel}/team", {"user_id": str(t.person.pk), "role": other_role(t)}
            ),
            "typed": lambda t: t.typed(
                f"/{'mod' if other_role(t) == 'moderator' else 'vip'} @{t.person.username}"
            ),
            "page": lambda t: t.posted(
                "/studio/moderation/team/invite", username=t.person.username, role=other_role(t)
            ),
        },
    ),
    "remove from the team": Act(
        BY_LEADS,
        {
            "service": lambda t: through_service(lambda: member_remove(**whom(t))),
            "rest": lambda t: t.rest("delete", f"{t.channel}/team/{t.person.pk}"),
            "page": lambda t: t.posted(f"/studio/moderation/team/{t.person.pk}", remove="1"),
        },
        given=in_team,
    ),
    "make a lead, or one less": Act(
        MAKING_LEADS,
        {
            "service": lambda t: through_service(lambda: member_invite(**whom(t), role=or_lead(t))),
            "rest": lambda t: t.rest("patch", f"{t.channel}/team/{t.person.pk}", {"role": or_lead(t)}),
            "page": lambda t: t.posted(f"/studio/moderation/team/{t.person.pk}", role=or_lead(t)),
        },
        given=in_team,
    ),
    "switch a mode": Act(
        BY_MODERATORS,
        {
            "service": lambda t: through_service(lambda: modes_set(**by(t), slow_seconds=30)),
            "rest": lambda t: t.rest("patch", f"{t.channel}/chat-modes", {"slow_seconds": 30}),
            "typed": lambda t: t.typed("/slow"),
        },
    ),
    "raise the shield": Act(
        BY_MODERATORS,
        {
            "service": lambda t: through_service(lambda: shield_raise(**by(t))),
            "rest": lambda t: t.rest("put", f"{t.channel}/shield"),
            "typed": lambda t: t.typed("/shield"),
        },
    ),
    "decide what is held": Act(
        BY_MODERATORS,
        {
            "service": lambda t: through_service(
                lambda: held_decide(actor=t.actor, held_id=the_held(), approve=False)
            ),
            "rest": lambda t: t.rest("post", f"{t.channel}/held/{the_held()}", {"approve": False}),
        },
        given=is_held,
    ),
    "add a term": Act(
        ONLY_BY_LEADS,
        {
            "service": lambda t: through_service(lambda: term_add(**by(t), text="durian")),
            "rest": lambda t: t.rest("post", f"{t.channel}/terms", {"text": "durian", "action": "block"}),
            "page": lambda t: t.posted("/studio/moderation/terms/add", text="durian", action="block"),
        },
    ),
}


@pytest.fixture
def world(alice: User, admin: User, make_user: Callable[..., User], live_stream: Stream) -> World:
    actors, targets = {"owner": alice, "staff": admin}, {"owner": alice}
    targets["staff"] = make_user("other-staffer", is_staff=True)
    for place, people in (("doing", actors), ("done", targets)):
        for rank in ("nobody", "vip", "moderator", "lead"):
            people[rank] = make_user(f"{rank}-{place}")
    everybody = {user.pk: user for user in [*actors.values(), *targets.values()]}
    made = World(stream=live_stream, alice=alice, actors=actors, targets=targets)
    roles_restore(made)
    for seq, user in enumerate(everybody.values(), 1):
        made.messages[user.pk] = ChatMessage.objects.create(
            stream=live_stream,
            party=user.party,
            role="viewer",
            text="hello",
            seq=seq,
            created_at=timezone.now(),
        ).pk
    Room.objects.update_or_create(pk=live_stream.pk, defaults={"last_seq": len(everybody)})
    return made


def roles_restore(world: World) -> None:
    TeamMember.objects.all().delete()
    TeamMember.objects.bulk_create(
        TeamMember(channel=world.alice, person=people[role], role=role, accepted_at=timezone.now())
        for people in (world.actors, world.targets)
        for role in ("vip", "moderator", "lead")
    )


@contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def in_trail(world: World) -> int:
    return AuditEvent.objects.filter(channel_party_id=world.alice.party_id).count()


def tries(act: Act) -> list[tuple[str, str, bool]]:
    if isinstance(act.expected, str):
        return list(cells(act.expected))
    return [(rank, "nobody", mark == "+") for rank, mark in act.expected.items()]


@pytest.mark.django_db
@pytest.mark.parametrize("name", ACTS)
def test_every_door_says_the_same(
    name: str, world: World, api_of: Callable[[User], APIClient], browser_of: Callable[[User], Client]
) -> None:
    act = ACTS[name]
    for rank, user in world.actors.items():
        world.api[rank], world.browser[rank] = api_of(user), browser_of(user)
    wrong = []
    for rank, target, allowed in tries(act):
        for door, go in act.doors.items():
            caches["limits"].clear()
            with undone():
                trial = Trial(world, rank, world.actors[rank], world.target(rank, target))
                act.given(trial)
                before = in_trail(world)
                said = go(trial)
                traced = in_trail(world) > before
                removed = ChatMessage.objects.filter(removed_at__isnull=False).exists()
                # One's own line goes without a trail.
                done = traced or (target == "oneself" and removed)
            if done != allowed or said not in {None, allowed}:
                wrong.append((rank, target, door, f"allowed {allowed}, said {said}, done {done}"))
    assert wrong == []


def test_the_tables_are_whole() -> None:
    for act in ACTS.values():
        if isinstance(act.expected, str):
            head, *rows = (line.split() for line in act.expected.strip().splitlines())
            assert (*head,) == (*RANKS, "oneself")
            assert [(row[0], len(row)) for row in rows] == [(rank, len(RANKS) + 2) for rank in RANKS]
        else:
            assert set(act.expected) == set(RANKS)
        assert {"service", "rest"} <= set(act.doors)


# Reading is a door too.

ONLY_FOR_THE_TEAM = {
    "what is held": "/held",
    "bans": "/bans",
    "requests": "/unban-requests",
    "modes": "/chat-modes",
}


@pytest.mark.django_db
@pytest.mark.parametrize("name", ONLY_FOR_THE_TEAM)
def test_who_reads_what_the_team_reads(name: str, world: World, api_of: Callable[[User], APIClient]) -> None:
    answers = {
        rank: api_of(user).get(f"/api/channels/alice{ONLY_FOR_THE_TEAM[name]}").status_code
        for rank, user in world.actors.items()
    }
    assert answers == {rank: 200 if mark == "+" else 403 for rank, mark in BY_MODERATORS.items()}


@pytest.mark.django_db
def test_who_reads_a_whole_card(world: World, api_of: Callable[[User], APIClient]) -> None:
    address = f"/api/channels/alice/people/{world.targets['nobody'].pk}"
    whole = {rank: "history" in api_of(user).get(address).json() for rank, user in world.actors.items()}
    assert whole == {rank: mark == "+" for rank, mark in BY_MODERATORS.items()}


# The same lines over open sockets, committed one by one.

TYPED: dict[str, Callable[[World, User], str]] = {
    "delete a message": lambda world, person: f"/delete {world.messages[person.pk]}",
    "time out": lambda world, person: f"/timeout {person.username}",
    "ban": lambda world, person: f"/ban {person.username}",
    "warn": lambda world, person: f"/warn {person.username} no",
    "clear the room": lambda world, person: "/clear",
    "raise the shield": lambda world, person: "/shield",
}


class Wire:
    """One end of a room's socket; the other is the consumer that the server runs."""

    def __init__(self, world: World, user: User) -> None:
        self.world, self.user = world, user
        self.incoming: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.outgoing: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def open(self) -> None:
        stream_id = self.world.stream.pk
        join_pass = await call(
            join_pass_issue,
            room_id=stream_id,
            session_id=new_id(),
            viewer_id=f"u:{self.user.pk}",
            role="studio",
            user_id=self.user.pk,
            party_id=self.user.party_id,
            name=self.user.name,
        )
        scope = {
            "type": "websocket",
            "query_string": f"pass={join_pass}".encode(),
            "headers": [],
            "client": ("127.0.0.1", 1),
            "url_route": {"kwargs": {"stream_id": stream_id}},
        }
        self.task = asyncio.create_task(RoomConsumer()(scope, self.incoming.get, self.outgoing.put))
        await self.incoming.put({"type": "websocket.connect"})

    async def typed(self, line: str) -> str:
        """The code of the answer."""
        command = {"type": "chat:send", "client_id": str(uuid4()), "text": line}
        await self.incoming.put({"type": "websocket.receive", "text": json.dumps(command)})
        while True:
            async with asyncio.timeout(30):
                message = await self.outgoing.get()
            assert message["type"] in {"websocket.accept", "websocket.send"}, message
            for event in json.loads(message.get("text") or message.get("bytes") or "[]"):
                if event.get("client_id") == command["client_id"]:
                    assert event["type"] == "chat:told", event
                    return str(event["code"])

    async def close(self) -> None:
        await self.incoming.put({"type": "websocket.disconnect"})
        await self.task


def put_back(world: World) -> None:
    for kind in (Ban, Caution, ChatModes):
        kind.objects.all().delete()
    ChatMessage.objects.update(removed_at=None, removed_by=None)
    roles_restore(world)
    caches["limits"].clear()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", TYPED)
async def test_open_sockets_say_the_same(name: str, world: World) -> None:
    wires = {rank: Wire(world, user) for rank, user in world.actors.items()}
    wrong = []
    try:
        for wire in wires.values():
            await wire.open()
        for rank, target, allowed in tries(ACTS[name]):
            await call(put_back, world)
            person = world.target(rank, target)
            before = await call(in_trail, world)
            code = await wires[rank].typed(TYPED[name](world, person))
            done = await call(in_trail, world) > before or (target == "oneself" and code == "done")
            if (code, done) != (("done", True) if allowed else ("not_your_place", False)):
                wrong.append((rank, target, code, done))
        for wire in wires.values():
            await wire.close()
    finally:
        await hub.stop()
    assert wrong == []
    assert await call(ChatMessage.objects.count) == len(world.messages), "no command was said"
