"""Switching modes: who may, what is told, what the shield puts in force and gives back."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from core.errors import InvalidInput
from core.models import AuditEvent
from moderation.errors import NotYourPlace
from moderation.modes.models import ChatModes
from moderation.modes.services import SHIELD_SET, modes_set, shield_lower, shield_raise, shield_set_save
from realtime.calls import call
from streams.models import Stream
from tests.moderation.lines.conftest import make_member
from tests.realtime.running import RoomServer, page

pytestmark = pytest.mark.django_db(transaction=True)

LOOSE = {
    "slow_seconds": 5,
    "followers_minutes": None,
    "emote_only": True,
    "links": "hold",
    "automod_level": 1,
}


def kept(channel: User) -> dict[str, Any]:
    return dict(ChatModes.objects.filter(channel=channel).values(*LOOSE).get())


def test_only_what_is_given_changes_and_the_trail_says_what(alice: User, bob: User) -> None:
    make_member(alice, bob, "moderator")
    modes_set(actor=bob, channel=alice, slow_seconds=30, links="block")
    modes_set(actor=bob, channel=alice, slow_seconds=None, automod_level=2)
    modes_set(actor=bob, channel=alice, automod_level=2)

    assert kept(alice) == {
        "slow_seconds": None,
        "followers_minutes": None,
        "emote_only": False,
        "links": "block",
        "automod_level": 2,
    }
    events = AuditEvent.objects.filter(action="modes.changed").order_by("id")
    assert [(event.before, event.after) for event in events] == [
        ({"slow_seconds": None, "links": "allow"}, {"slow_seconds": 30, "links": "block"}),
        ({"slow_seconds": 30, "automod_level": 0}, {"slow_seconds": None, "automod_level": 2}),
    ], "what changed nothing is no act"
    assert {event.actor_party_id for event in events} == {bob.party_id}


@pytest.mark.parametrize(
    "wrong",
    [
        {"slow_seconds": 2},
        {"slow_seconds": 121},
        {"slow_seconds": True},
        {"followers_minutes": -1},
        {"followers_minutes": 90 * 1440 + 1},
        {"automod_level": 5},
        {"automod_level": None},
        {"links": "perhaps"},
        {"emote_only": 1},
        {"shield": True},
    ],
)
def test_what_is_no_mode_is_refused(alice: User, wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput) as refused:
        modes_set(actor=alice, channel=alice, **wrong)
    assert list(refused.value.details) == list(wrong)
    with pytest.raises(InvalidInput):
        shield_set_save(actor=alice, channel=alice, **wrong)
    assert not ChatModes.objects.exists()


@pytest.mark.parametrize("act", [modes_set, shield_raise, shield_lower, shield_set_save])
def test_only_the_team_may(alice: User, bob: User, charlie: User, act: Callable[..., Any]) -> None:
    make_member(alice, bob, "vip")
    for person in (bob, charlie):
        with pytest.raises(NotYourPlace):
            act(actor=person, channel=alice)
    assert not ChatModes.objects.exists()


def test_the_shield_gives_back_exactly_what_was(alice: User) -> None:
    modes_set(actor=alice, channel=alice, **LOOSE)

    shield_raise(actor=alice, channel=alice)
    assert kept(alice) == SHIELD_SET
    shield_raise(actor=alice, channel=alice)
    modes_set(actor=alice, channel=alice, slow_seconds=120, emote_only=True)
    assert kept(alice) == SHIELD_SET | {"slow_seconds": 120, "emote_only": True}, "it may be made stricter"

    shield_lower(actor=alice, channel=alice)
    assert kept(alice) == LOOSE
    shield_lower(actor=alice, channel=alice)
    actions = list(AuditEvent.objects.order_by("id").values_list("action", flat=True))
    assert actions == ["modes.changed", "shield.raised", "modes.changed", "shield.lowered"]


def test_a_channel_saves_its_own_strict_set(alice: User) -> None:
    own = {"slow_seconds": 10, "followers_minutes": None, "links": "hold"}
    shield_raise(actor=alice, channel=alice)
    shield_set_save(actor=alice, channel=alice, **own)
    assert kept(alice) == SHIELD_SET, "it is for the next time"
    shield_lower(actor=alice, channel=alice)
    shield_raise(actor=alice, channel=alice)
    assert kept(alice) == SHIELD_SET | own
    shield_lower(actor=alice, channel=alice)
    shield_set_save(actor=alice, channel=alice)
    shield_raise(actor=alice, channel=alice)
    assert kept(alice) == SHIELD_SET


def test_over_rest(alice: User, bob: User, api_of: Callable[[User], APIClient]) -> None:
    make_member(alice, bob, "moderator")
    client = api_of(bob)
    assert client.get("/api/channels/alice/chat-modes").json() == {
        "slow_seconds": None,
        "followers_minutes": None,
        "emote_only": False,
        "links": "allow",
        "automod_level": 0,
        "shield": False,
        "shield_set": SHIELD_SET,
    }
    answer = client.patch("/api/channels/alice/chat-modes", {"slow_seconds": 7}, format="json")
    assert (answer.status_code, answer.json()["slow_seconds"]) == (200, 7)
    answer = client.put("/api/channels/alice/shield-set", {"emote_only": True}, format="json")
    assert answer.json()["shield_set"] == SHIELD_SET | {"emote_only": True}
    raised = client.put("/api/channels/alice/shield").json()
    assert (raised["shield"], raised["slow_seconds"], raised["emote_only"]) == (True, 30, True)
    lowered = client.delete("/api/channels/alice/shield").json()
    assert (lowered["shield"], lowered["slow_seconds"], lowered["emote_only"]) == (False, 7, False)
    wrong = client.patch("/api/channels/alice/chat-modes", {"slow_seconds": 2}, format="json")
    assert (wrong.status_code, list(wrong.json()["details"])) == (400, ["slow_seconds"])
    for method, path in (("get", "chat-modes"), ("patch", "chat-modes"), ("put", "shield")):
        answer = getattr(api_of(alice), method)(f"/api/channels/bob/{path}")
        assert (answer.status_code, answer.json()["code"]) == (403, "not_your_place")


async def test_everybody_is_told_at_once_and_newcomers_when_they_come(
    server: RoomServer, live_stream: Stream, alice: User, bob: User
) -> None:
    async with (
        page(await server.join(live_stream.pk)) as anybody,
        page(await server.join(live_stream.pk, bob)) as bobs,
    ):
        await anybody.next("room:welcome")
        await bobs.next("room:welcome")
        await call(
            server.request,
            "PATCH",
            "/api/channels/alice/chat-modes",
            {"slow_seconds": 60},
            cookies=await call(_cookie, alice),
        )
        told = await anybody.next("chat:modes")
        assert told == {
            "type": "chat:modes",
            "slow_seconds": 60,
            "followers_minutes": None,
            "emote_only": False,
            "shield": False,
        }
        async with page(await server.join(live_stream.pk)) as newcomer:
            modes = (await newcomer.next("room:welcome"))["state"]["modes"]
            assert modes == {key: value for key, value in told.items() if key != "type"}
        await bobs.send(type="chat:send", client_id="c1", text="one")
        await bobs.next("chat:ack", client_id="c1")
        await bobs.send(type="chat:send", client_id="c2", text="two")
        refused = await bobs.next("error", client_id="c2")
        assert (refused["code"], refused["details"]["slow_seconds"]) == ("slow_mode", 60)


def _cookie(user: User) -> str:
    from tests.realtime.running import session_cookie

    return session_cookie(user)
