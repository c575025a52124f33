"""/ws/me/: what concerns a person arrives on each of their devices, and on nobody else's."""

import pytest

from accounts.models import User
from realtime.calls import call
from streams.models import Stream
from tests.mobile.app import App, Browser
from tests.mobile.conftest import Install
from tests.realtime.running import Page, closed_with, page

pytestmark = pytest.mark.django_db(transaction=True)


async def hears_nothing_more(socket: Page) -> None:
    """What is sent next is the answer to a heartbeat."""
    await socket.send(type="room:ack", seq=0)
    assert [event["type"] for event in await socket.frame()] == ["room:pong"]


async def test_my_streams_and_my_followers_are_told_to_all_my_devices_and_to_nobody_else(
    install: Install, alice: User, bob: User
) -> None:
    phone, laptop = await call(install, "alice"), await call(install, "alice", Browser)
    fan = await call(install, "bob")
    async with (
        phone.socket("/ws/me/") as on_phone,
        laptop.socket("/ws/me/") as on_laptop,
        fan.socket("/ws/me/") as on_fans,
    ):
        for socket in (on_phone, on_laptop, on_fans):
            assert (await socket.next("me:welcome"))["streams"] == []
        stream = await call(phone.ok, "POST", "/api/streams/create", {"title": "Two cellos"})
        await call(phone.ok, "PATCH", f"/api/streams/{stream['id']}", {"title": "Three cellos"})
        await call(fan.ok, "POST", f"/api/users/{alice.pk}/follow")
        await call(phone.ok, "POST", f"/api/streams/{stream['id']}/end")
        for socket in (on_phone, on_laptop):
            told = [(await socket.next("me:stream"))["stream"] for _ in range(2)]
            assert [card["title"] for card in told] == ["Two cellos", "Three cellos"]
            follow = await socket.next("me:follow")
            assert (follow["follower"]["username"], follow["followers"]) == ("bob", 1)
            assert (await socket.next("me:stream"))["stream"]["status"] == "cancelled"
        await hears_nothing_more(on_fans)


async def test_a_ticket_opens_my_socket_once(install: Install, server: object, alice: User) -> None:
    app = await call(install, "alice")
    answer = await call(app.call, "POST", "/api/tickets")
    assert (answer.status, answer.headers["cache-control"]) == (201, "no-store")
    address = f"ws://127.0.0.1:{app.port}/ws/me/?ticket={answer.body['ticket']}"
    async with page(address) as mine:
        assert (await mine.next("me:welcome"))["user"]["id"] == str(alice.pk)
    async with page(address) as again:
        assert await closed_with(again) == 4400


async def test_a_ticket_of_a_session_that_ended_opens_nothing(install: Install, alice: User) -> None:
    app = await call(install, "alice")
    ticket = (await call(app.ok, "POST", "/api/tickets"))["ticket"]
    await call(app.sign_out)
    async with page(f"ws://127.0.0.1:{app.port}/ws/me/?ticket={ticket}") as late:
        assert await closed_with(late) == 4401


async def test_passes_of_one_kind_open_no_door_of_another(
    install: Install, alice: User, live_stream: Stream
) -> None:
    app = await call(install, "alice")
    join = (await call(app.ok, "POST", f"/api/streams/{live_stream.pk}/join", {}))["ws_url"]
    join_pass = join.partition("pass=")[2]
    ticket = (await call(app.ok, "POST", "/api/tickets"))["ticket"]
    base = f"ws://127.0.0.1:{app.port}/ws"
    for address, code in [
        (f"{base}/me/?ticket={join_pass}", 4400),
        (f"{base}/me/?ticket={app.token}", 4400),
        (f"{base}/streams/{alice.pk}/?pass={ticket}", 4403),
    ]:
        async with page(address) as refused:
            assert await closed_with(refused) == code


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Session-Token": "x" * 32},
        {"X-Session-Token": "' OR 1=1 --"},
        {"Cookie": "sessionid=" + "y" * 32},
        {"Cookie": "sessionid=; ;;="},
    ],
)
async def test_nobody_in_particular_is_not_let_in(install: Install, headers: dict[str, str]) -> None:
    async with install().socket("/ws/me/", **headers) as refused:
        assert await closed_with(refused) == 4401


@pytest.mark.parametrize("origin", ["https://evil.example", "http://127.0.0.1:1", "null"])
async def test_a_foreign_page_cannot_use_my_cookie(install: Install, alice: User, origin: str) -> None:
    browser = await call(install, "alice", Browser)
    with pytest.raises(Exception, match="403"):
        async with browser.socket("/ws/me/", Origin=origin):
            pass
    async with browser.socket("/ws/me/", Origin=f"http://127.0.0.1:{browser.port}") as mine:
        await mine.next("me:welcome")


@pytest.mark.parametrize("kind", [App, Browser])
async def test_the_devices_of_others_are_not_mine_to_end(
    install: Install, alice: User, bob: User, kind: type[App]
) -> None:
    victim, thief = await call(install, "alice", kind), await call(install, "bob", kind)
    async with victim.socket("/ws/me/") as stays:
        await stays.next("me:welcome")
        sessions = (await call(victim.auth, "GET", "auth/sessions")).body["data"]
        ids = [session["id"] for session in sessions]
        assert (await call(thief.auth, "DELETE", "auth/sessions", {"sessions": ids})).status == 400
        await hears_nothing_more(stays)
    assert (await call(victim.call, "POST", "/api/tickets")).status == 201
