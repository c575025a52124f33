"""Lines that wait: who is told, who decides, what becomes of them."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from accounts.services import user_suspend
from chat import approvals
from chat.approvals import held_say
from chat.models import ChatMessage
from chat.services import Accepted, Held
from core.errors import NotFound
from core.models import AuditEvent
from moderation.bans.services import person_ban
from moderation.errors import Decided, NotYourPlace
from moderation.held.models import HeldMessage, HeldState
from moderation.held.services import held_decide
from realtime.calls import call
from realtime.events import Entry
from streams.models import EndReason, Stream
from streams.services import stream_end
from tests.moderation.lines.conftest import Say, make_member
from tests.realtime.running import RoomServer, page, session_cookie

pytestmark = pytest.mark.django_db(transaction=True)

FAR = "look at https://example.com/x"


@pytest.fixture
def hold(say: Say, modes: Callable[..., None]) -> Callable[[User], HeldMessage]:
    modes(links="hold")

    def hold(user: User) -> HeldMessage:
        answer = say(user, FAR)
        assert isinstance(answer, Held)
        return HeldMessage.objects.get(pk=answer.id)

    return hold


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tags of what reaches the hub of this process."""
    from realtime.hub import hub

    seen: list[str] = []

    def note(room_id: Any, entries: list[Entry]) -> None:
        seen.extend(entry.tag for entry in entries)

    monkeypatch.setattr(hub, "publish_soon", note)
    return seen


def test_approved_it_is_said_under_its_id_and_its_authors_name_of_then(
    hold: Callable[[User], HeldMessage], alice: User, bob: User, say: Say, live_stream: Stream
) -> None:
    held = hold(bob)
    assert ChatMessage.objects.count() == 0
    User.objects.filter(pk=bob.pk).update(display_name="Bobby")
    make_member(alice, bob, "vip")

    held_decide(actor=alice, held_id=held.pk, approve=True)

    message = ChatMessage.objects.get()
    assert (message.pk, message.text, message.role) == (held.pk, FAR, "vip")
    again = say(bob, FAR, held.client_id)
    assert isinstance(again, Accepted)
    assert (again.repeated, again.event.id) == (True, str(held.pk))
    assert held_say(held_id=held.pk) is None, "a fact that comes twice says it once"
    held.refresh_from_db()
    assert (held.state, held.decided_by_id) == (HeldState.APPROVED, alice.party_id)
    event = AuditEvent.objects.get(action="held.approved")
    assert (event.whom_party_id, event.target) == (bob.party_id, f"held:{held.pk}")


def test_denied_it_is_said_nowhere(
    hold: Callable[[User], HeldMessage], alice: User, bob: User, say: Say, published: list[str]
) -> None:
    held = hold(bob)
    held_decide(actor=alice, held_id=held.pk, approve=False)

    assert say(bob, FAR, held.client_id) == Held(id=held.pk, repeated=True)
    assert ChatMessage.objects.count() == 0
    assert published == ["held:added", "mod:acted", "held:decided", "chat:held_decided"]
    for approve in (True, False):
        with pytest.raises(Decided) as refused:
            held_decide(actor=alice, held_id=held.pk, approve=approve)
        assert refused.value.details == {"state": "denied"}


def test_only_the_team_decides(
    hold: Callable[[User], HeldMessage], alice: User, bob: User, charlie: User
) -> None:
    held = hold(bob)
    make_member(alice, charlie, "vip")
    for person in (bob, charlie):
        with pytest.raises(NotYourPlace):
            held_decide(actor=person, held_id=held.pk, approve=True)
    with pytest.raises(NotFound):
        held_decide(actor=alice, held_id=uuid4(), approve=True)
    assert HeldMessage.objects.get().state == HeldState.HELD


def test_it_is_dropped_when_its_author_is_put_out_or_the_stream_is_over(
    hold: Callable[[User], HeldMessage],
    alice: User,
    admin: User,
    make_user: Callable[..., User],
    live_stream: Stream,
    published: list[str],
) -> None:
    banned, suspended, late = (make_user(name) for name in ("banned", "suspended", "late"))
    messages = [hold(person) for person in (banned, suspended, late)]
    states = lambda: [HeldMessage.objects.get(pk=held.pk).state for held in messages]  # noqa: E731

    person_ban(actor=alice, channel=alice, person=banned)
    assert states() == ["dropped", "held", "held"]
    user_suspend(user=suspended, by=admin.party_id, reason="enough")
    assert states() == ["dropped", "dropped", "held"]
    stream_end(stream_id=live_stream.pk, reason=EndReason.CREATOR)
    assert states() == ["dropped"] * 3
    assert published.count("chat:held_decided") == 3
    with pytest.raises(Decided):
        held_decide(actor=alice, held_id=messages[2].pk, approve=True)
    assert ChatMessage.objects.count() == 0


@pytest.mark.parametrize("gone", ["banned", "suspended", "over"])
def test_an_approval_does_not_bring_back_who_was_put_out_meanwhile(
    hold: Callable[[User], HeldMessage],
    alice: User,
    bob: User,
    live_stream: Stream,
    gone: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Neither before it is approved, nor between that and its being said."""
    first, second = hold(bob), hold(bob)
    said: list[Any] = []
    monkeypatch.setattr(approvals, "rows_accept", lambda *args: said.append(args))
    with monkeypatch.context() as patch:
        patch.setattr("core.facts._deliver", lambda row: None)
        held_decide(actor=alice, held_id=first.pk, approve=True)
        match gone:
            case "banned":
                bob.banned_from.create(channel=alice, created_at=timezone.now())
            case "suspended":
                User.objects.filter(pk=bob.pk).update(is_active=False)
            case "over":
                Stream.objects.filter(pk=live_stream.pk).update(
                    status="ended", ended_at=timezone.now(), end_reason="creator"
                )
        assert held_decide(actor=alice, held_id=second.pk, approve=True).state == HeldState.DROPPED
    assert held_say(held_id=first.pk) is None
    assert held_say(held_id=second.pk) is None
    assert said == []
    assert set(HeldMessage.objects.values_list("state", flat=True)) == {HeldState.DROPPED}


def test_over_rest(
    hold: Callable[[User], HeldMessage],
    alice: User,
    bob: User,
    charlie: User,
    live_stream: Stream,
    api_of: Callable[[User], APIClient],
) -> None:
    make_member(alice, charlie, "moderator")
    body = {"client_id": "c1", "text": FAR}
    hold(bob)
    answer = api_of(bob).post(f"/api/streams/{live_stream.pk}/message", body, format="json")
    assert answer.status_code == 202
    first, second = HeldMessage.objects.order_by("id")
    assert answer.json() == {
        "type": "chat:held",
        "client_id": "c1",
        "id": str(second.pk),
        "user_id": str(bob.pk),
    }

    listed = api_of(charlie).get(f"/api/channels/alice/held?stream={live_stream.pk}").json()["results"]
    assert [row["id"] for row in listed] == [str(first.pk), str(second.pk)]
    assert listed[0] | {"at": ""} == {
        "id": str(first.pk),
        "stream": str(live_stream.pk),
        "user": {"id": str(bob.pk), "name": "bob", "role": "viewer"},
        "text": FAR,
        "reason": "link",
        "piece": "",
        "at": "",
    }
    assert api_of(charlie).get(f"/api/channels/alice/held?stream={uuid4()}").json()["results"] == []
    decided = api_of(charlie).post(f"/api/channels/alice/held/{first.pk}", {"approve": True}, format="json")
    assert (decided.status_code, decided.json()) == (200, {"id": str(first.pk), "state": "approved"})
    twice = api_of(charlie).post(f"/api/channels/alice/held/{first.pk}", {"approve": False}, format="json")
    assert (twice.status_code, twice.json()["code"]) == (409, "decided")
    elsewhere = api_of(bob).post(f"/api/channels/bob/held/{second.pk}", {"approve": True}, format="json")
    assert elsewhere.status_code == 404
    assert api_of(bob).get("/api/channels/alice/held").status_code == 403


async def test_sender_and_team_are_told_and_nobody_else(
    server: RoomServer, live_stream: Stream, alice: User, bob: User, charlie: User, modes: Callable[..., None]
) -> None:
    await call(modes, links="hold")
    await call(make_member, alice, charlie, "moderator")
    async with (
        page(await server.join(live_stream.pk, bob)) as bobs,
        page(await server.join(live_stream.pk, charlie)) as team,
        page(await server.join(live_stream.pk)) as anybody,
    ):
        for one in (bobs, team, anybody):
            await one.next("room:welcome")
        await bobs.send(type="chat:send", client_id="c1", text=FAR)
        held = await bobs.next("chat:held", client_id="c1")
        added = await team.next("held:added", id=held["id"])
        assert (added["text"], added["reason"], added["user"]["name"]) == (FAR, "link", "bob")

        await call(
            server.request,
            "POST",
            f"/api/channels/alice/held/{held['id']}",
            {"approve": True},
            cookies=await call(session_cookie, charlie),
        )

        decided = await bobs.next("chat:held_decided", id=held["id"])
        assert decided["approved"]
        assert (await team.next("held:decided", id=held["id"]))["by"] == {
            "id": str(charlie.pk),
            "name": "charlie",
        }
        heard: list[dict[str, Any]] = []
        while not heard or heard[-1]["type"] != "chat:message":
            heard.extend(await anybody.frame())
        assert heard[-1] | {"at": ""} == {
            "type": "chat:message",
            "seq": 1,
            "id": held["id"],
            "client_id": "c1",
            "kind": "chat",
            "user": {"id": str(bob.pk), "name": "bob", "role": "viewer"},
            "text": FAR,
            "at": "",
        }
        assert not [event for event in heard if event["type"].startswith(("held:", "chat:held", "mod:"))]
