"""What begins with a slash: done, told to its sender, and said to nobody."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Block, User
from chat.events import ChatToldEvent
from chat.models import ChatMessage
from chat.slash import COMMANDS_PER_WINDOW, SLASHES, is_slash, seconds_of, slash_run
from core.errors import NotFound, NotSignedIn, RateLimited
from moderation.bans.models import Ban, Caution
from moderation.modes.selectors import modes_of
from moderation.team.models import TeamMember
from moderation.team.services import invitation_accept, member_invite
from realtime.calls import call
from realtime.models import StoredEvent
from streams.models import Stream
from tests.chat.test_removals import say
from tests.realtime.running import RoomServer, page

pytestmark = pytest.mark.django_db(transaction=True)
ApiOf = Callable[[User], APIClient]
Type = Callable[..., ChatToldEvent]


@pytest.fixture
def typed(live_stream: Stream) -> Type:
    """Somebody types a line into alice's room."""

    def run(actor: User | None, text: str, client_id: str | None = None) -> ChatToldEvent:
        return slash_run(
            actor_id=actor.pk if actor else None,
            stream_id=live_stream.pk,
            client_id=client_id or str(uuid4()),
            text=text,
        )

    return run


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("/ban bob", True),
        ("  /ban bob", True),
        ("\u200b/ban bob", True),
        ("\u0300\u200d /ban bob", True),
        ("\u202e/ban bob", True),
        ("\uff0fban bob", True),
        ("//ban", True),
        ("/", True),
        ("/me waves", True),
        ("and/or", False),
        ("see https://example.com/", False),
        ("", False),
    ],
)
def test_what_is_a_command(line: str, expected: bool) -> None:
    assert is_slash(line) is expected


@pytest.mark.parametrize(
    ("word", "unit", "seconds"),
    [
        ("600", "s", 600),
        ("10m", "s", 600),
        ("1H", "s", 3600),
        ("2d", "s", 172_800),
        ("10", "m", 600),
        ("ten", "s", None),
        ("-1", "s", None),
        ("1.5h", "s", None),
        ("\u0661\u0660", "s", None),
        ("", "s", None),
    ],
)
def test_how_long_a_time_is(word: str, unit: str, seconds: int | None) -> None:
    assert seconds_of(word, unit=unit) == seconds


class TestPeople:
    def test_a_timeout_takes_its_length_and_its_reason(self, typed: Type, alice: User, bob: User) -> None:
        now = timezone.now()
        for line, seconds, reason in (
            ("/timeout bob", 600, ""),
            ("/timeout @BOB 1h  calm down ", 3600, "calm down"),
            ("/TIMEOUT bob calm down 5", 600, "calm down 5"),
        ):
            assert typed(alice, line).code == "done"
            ban = Ban.objects.get(person=bob)
            assert ban.until is not None
            assert round((ban.until - now).total_seconds() / 60) == seconds // 60
            assert ban.reason == reason
        assert typed(alice, "/untimeout bob").text == "bob may write again."
        assert not Ban.objects.exists()
        assert typed(alice, "/timeout bob 1").text == "bob may write again."

    def test_a_ban_and_its_end(self, typed: Type, alice: User, bob: User) -> None:
        assert typed(alice, "/ban bob being rude").text == "bob is banned."
        assert (Ban.objects.get().until, Ban.objects.get().reason) == (None, "being rude")
        assert typed(alice, "/timeout bob").code == "is_banned"
        assert typed(alice, "/unban bob").code == "done"
        assert not Ban.objects.exists()

    def test_a_warning_needs_a_reason(self, typed: Type, alice: User, bob: User) -> None:
        assert typed(alice, "/warn bob").code == "usage"
        assert typed(alice, "/warn bob be nice").code == "done"
        assert Caution.objects.get().reason == "be nice"

    def test_blocks_are_everybodys(self, typed: Type, bob: User, charlie: User) -> None:
        assert typed(bob, "/block charlie").text == "You blocked charlie."
        assert Block.objects.filter(blocker=bob, blocked=charlie).exists()
        assert typed(bob, "/unblock charlie").code == "done"
        assert not Block.objects.exists()
        assert typed(bob, "/block bob").text == "That is you."

    def test_who_nobody_is_called(self, typed: Type, alice: User) -> None:
        told = typed(alice, "/ban nobody-here")
        assert (told.code, told.text) == ("not_found", "Nobody is called nobody-here.")

    def test_the_team(self, typed: Type, alice: User, bob: User, charlie: User) -> None:
        assert typed(alice, "/mod bob").text == "bob is asked to join: Moderator."
        assert typed(alice, "/mods").text == "Moderators: nobody", "not before they accept"
        invitation_accept(person=bob, channel=alice)
        assert typed(charlie, "/mods").text == "Moderators: bob"
        assert typed(alice, "/unvip bob").code == "not_found"
        assert typed(alice, "/vip bob").text == "bob is in the team: VIP."
        assert (typed(alice, "/mods").text, typed(alice, "/vips").text) == (
            "Moderators: nobody",
            "VIPs: bob",
        )
        assert typed(alice, "/unvip bob").code == "done"
        assert not TeamMember.objects.exists()


class TestTheRoom:
    def test_modes(self, typed: Type, alice: User) -> None:
        def now() -> tuple[Any, ...]:
            modes = modes_of(channel_id=alice.pk)
            return modes.slow_seconds, modes.followers_minutes, modes.emote_only, modes.shield

        for line, then in (
            ("/slow", (30, None, False, False)),
            ("/slow 1m", (60, None, False, False)),
            ("/slow 2", (60, None, False, False)),
            ("/followers", (60, 0, False, False)),
            ("/followers 10", (60, 10, False, False)),
            ("/followers 2h", (60, 120, False, False)),
            ("/followers 90s", (60, 120, False, False)),
            ("/emoteonly", (60, 120, True, False)),
            ("/shield", (30, 10, False, True)),
            ("/shieldoff", (60, 120, True, False)),
            ("/slowoff", (None, 120, True, False)),
            ("/followersoff", (None, None, True, False)),
            ("/emoteonlyoff", (None, None, False, False)),
        ):
            told = typed(alice, line)
            assert now() == then, line
            assert told.code == {"/slow 2": "invalid_input", "/followers 90s": "usage"}.get(line, "done")

    def test_messages(self, typed: Type, live_stream: Stream, alice: User, bob: User) -> None:
        first, _second = say(live_stream, (bob, "one"), (bob, "two"))
        assert typed(alice, "/delete nothing").code == "usage"
        assert typed(alice, f"/delete {uuid4()}").code == "not_found"
        assert typed(alice, f"/delete {first} no").code == "done"
        assert ChatMessage.objects.filter(removed_at=None).count() == 1
        assert typed(alice, "/clear bob").code == "usage", "whoever names somebody does not mean everybody"
        assert typed(alice, "/clear").code == "done"
        assert not ChatMessage.objects.filter(removed_at=None).exists()


class TestHelp:
    def test_everybody_is_told_what_they_may_do(self, typed: Type, alice: User, bob: User) -> None:
        for_all = {"/mods", "/vips", "/block", "/unblock", "/help"}
        team = {"/mod", "/unmod", "/vip", "/unvip"}
        everything = {f"/{name}" for name in SLASHES}
        assert set(typed(bob, "/help").text.split()) == for_all
        member_invite(actor=alice, channel=alice, person=bob, role="moderator")
        invitation_accept(person=bob, channel=alice)
        assert set(typed(bob, "/help").text.split()) == everything - team
        assert set(typed(alice, "/help").text.split()) == everything
        assert typed(bob, "/help timeout").text.startswith("/timeout name [10m] [reason]: ")

    @pytest.mark.parametrize("line", ["/tiemout bob", "//hello", "/me waves", "/", "/ ban bob"])
    def test_what_there_is_not(self, typed: Type, alice: User, bob: User, line: str) -> None:
        assert typed(alice, line).code == "unknown_command"
        assert not Ban.objects.exists()


def test_the_same_client_id_is_the_same_command(typed: Type, alice: User, bob: User) -> None:
    first = typed(alice, "/warn bob be nice", "c1")
    assert typed(alice, "/warn bob be nice", "c1") == first
    assert Caution.objects.count() == 1


def test_not_so_fast(typed: Type, alice: User, still_window: None) -> None:
    for _ in range(COMMANDS_PER_WINDOW):
        typed(alice, "/mods")
    for _ in range(2):
        with pytest.raises(RateLimited):
            typed(alice, "/mods", "late")


def test_who_has_no_account_has_no_commands(typed: Type) -> None:
    with pytest.raises(NotSignedIn):
        typed(None, "/help")


def test_there_has_to_be_a_room(alice: User) -> None:
    with pytest.raises(NotFound):
        slash_run(actor_id=alice.pk, stream_id=uuid4(), client_id="c1", text="/help")


def test_over_rest_it_is_an_answer_and_no_message(
    live_stream: Stream, alice: User, bob: User, api_of: ApiOf
) -> None:
    address = f"/api/streams/{live_stream.pk}/message"
    told = api_of(alice).post(address, {"client_id": "c1", "text": " /ban bob"}, format="json")
    assert (told.status_code, told.json()) == (
        200,
        {"type": "chat:told", "client_id": "c1", "code": "done", "text": "bob is banned."},
    )
    for user in (alice, bob):
        unknown = api_of(user).post(address, {"client_id": "c2", "text": "//hello"}, format="json")
        assert (unknown.status_code, unknown.json()["code"]) == (200, "unknown_command")
    assert not ChatMessage.objects.exists()


async def test_over_a_socket_only_its_sender_hears_of_it(
    server: RoomServer, live_stream: Stream, alice: User, bob: User, charlie: User
) -> None:
    async with (
        page(await server.join(live_stream.pk, alice)) as alices,
        page(await server.join(live_stream.pk, charlie)) as charlies,
        page(await server.join(live_stream.pk)) as anybody,
    ):
        for each in (alices, charlies, anybody):
            await each.next("room:welcome")
        await alices.send(type="chat:send", client_id="c1", text="/timeout bob 10m")
        await alices.send(type="chat:send", client_id="c2", text="/untimeout bob")
        await charlies.send(type="chat:send", client_id="c3", text="\u200b/timeout bob")
        await anybody.send(type="chat:send", client_id="c4", text="/help")
        assert (await alices.next("chat:told"))["text"] == "bob does not write for 10 min."
        assert (await alices.next("chat:told"))["client_id"] == "c2", "one after the other"
        assert (await charlies.next("chat:told"))["code"] == "not_your_place"
        assert (await anybody.next("error", client_id="c4"))["code"] == "not_signed_in"

        await charlies.send(type="chat:send", client_id="c5", text="a line")
        async for told in _until(anybody, "chat:message"):
            assert told["type"] != "chat:told"
    assert await call(lambda: [event.tag for event in StoredEvent.objects.all()]) == ["chat:message"]
    assert not await call(Ban.objects.exists)


async def _until(listener: Any, kind: str) -> Any:
    while True:
        for event in await listener.frame():
            yield event
            if event["type"] == kind:
                return
