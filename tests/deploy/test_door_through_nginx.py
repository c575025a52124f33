"""The door as it is deployed: nginx with the configuration of deploy/, Busk's server, and the stub of LiveKit."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from email.message import Message
from http.client import HTTPConnection, HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import UUID

import pytest
from livekit import api as livekit_api
from livekit.protocol.rtc import SignalResponse
from pytest_django.fixtures import Settings
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from accounts.models import User
from streams import media
from streams.media.livekit.client import engine
from streams.media.livekit.seats import seat_issue
from streams.media.livekit.tokens import token_for
from streams.media.port import Person
from streams.models import EndReason, Seat, SeatRole, Stream
from streams.services import media_arrived, stream_create, stream_end
from streams.sessions import viewer_revoke
from tests.chaos.serving import free_port
from tests.deploy.nginx import Nginx, needs_nginx, nginx
from tests.livekit.stub import LiveKitStub
from tests.realtime.running import RoomServer, running, session_cookie
from tests.streams.livekit.test_handshake import join_request
from tests.streams.media.conftest import wait_until

pytestmark = needs_nginx

KEY, SECRET = "doorkey", "a-secret-of-the-door-that-is-long-enough"
OFFER = b"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuvwx\r\n"


@dataclass(frozen=True)
class Site:
    """Everything that stands behind one address."""

    front: Nginx
    busk: RoomServer
    livekit: LiveKitStub


@dataclass(frozen=True)
class Refused:
    status: int
    code: str


@dataclass
class Browser:
    """A cookie jar and what it does at the site."""

    site: Site
    cookies: str = ""
    token: str = ""

    def ask(
        self, method: str, path: str, *, body: bytes | None = None, **headers: str
    ) -> tuple[HTTPResponse, bytes]:
        http = HTTPConnection("127.0.0.1", self.site.front.port, timeout=20)
        http.request(method, path, body, {"Cookie": self.cookies} | headers)
        answer = http.getresponse()
        content = answer.read()
        http.close()
        return answer, content

    def ask_token(self, stream: Stream) -> "Browser":
        answer, content = self.ask("GET", f"/api/streams/{stream.pk}/token")
        assert answer.status == 200, content
        if handed := answer.headers.get("Set-Cookie"):
            self.cookies = "; ".join(filter(None, [self.cookies, handed.split(";")[0]]))
        given = json.loads(content)
        assert given["wsUrl"] == f"ws://{self.site.front.origin}"
        self.token = given["token"]
        return self

    def path(self, token: str, *, path: str = "/rtc/v1", **fields: Any) -> str:
        return f"{path}?access_token={token or self.token}&join_request={join_request(**fields)}"

    @contextmanager
    def inside(self, token: str = "", **fields: Any) -> Iterator[ClientConnection]:
        url = f"ws://{self.site.front.origin}{self.path(token, **fields)}"
        with connect(url, additional_headers={"Cookie": self.cookies}, open_timeout=20) as connection:
            yield connection

    def refused(self, token: str = "", **fields: Any) -> Refused | None:
        """Why the handshake is not let through; None when it is."""
        try:
            with self.inside(token, **fields):
                return None
        except InvalidStatus as refused:
            body = refused.response.body or b"{}"
            return Refused(refused.response.status_code, json.loads(body)["code"])

    def validate(self, token: str = "", **fields: Any) -> tuple[int, str | None]:
        answer, _ = self.ask(
            "GET", self.path(token, path="/rtc/v1/validate", **fields), Origin="https://x.example"
        )
        return answer.status, answer.headers.get("Access-Control-Allow-Origin")


@pytest.fixture(scope="module")
def _site(django_db_setup: None, django_db_blocker: object) -> Iterator[Site]:
    front_port = free_port()
    with LiveKitStub(key=KEY, secret=SECRET, media_flows=True) as livekit:
        chosen = {
            "LIVEKIT_URL": livekit.url,
            "LIVEKIT_API_KEY": KEY,
            "LIVEKIT_API_SECRET": SECRET,
            "LIVEKIT_PUBLIC_URL": f"ws://127.0.0.1:{front_port}",
            "BUSK_TRUSTED_PROXIES": "1",
        }
        with (
            running("uvicorn", **chosen) as busk,
            nginx(
                web=f"127.0.0.1:{busk.port}", livekit=f"127.0.0.1:{livekit.port}", port=front_port
            ) as front,
        ):
            yield Site(front, busk, livekit)


@pytest.fixture
def site(_site: Site, transactional_db: None, settings: Settings) -> Iterator[Site]:
    settings.LIVEKIT_URL, settings.LIVEKIT_API_KEY, settings.LIVEKIT_API_SECRET = (
        _site.livekit.url,
        KEY,
        SECRET,
    )
    media.backend.cache_clear()
    engine.cache_clear()
    yield _site
    engine().close()
    media.backend.cache_clear()
    engine.cache_clear()


@pytest.fixture
def on_air(site: Site, alice: User) -> Stream:
    """alice's stream with pictures, in a room that Busk has made."""
    stream = stream_create(creator=alice, title="Cello in the rain")[0]
    media.backend().open_stage(stream_id=stream.pk)
    media_arrived(stream_id=stream.pk)
    stream.refresh_from_db()
    return stream


@pytest.fixture
def bobs(site: Site, bob: User, on_air: Stream) -> Browser:
    return Browser(site, session_cookie(bob)).ask_token(on_air)


def joined(connection: ClientConnection) -> str:
    """The sid that the server gives to who came in."""
    message = SignalResponse.FromString(connection.recv(timeout=20, decode=False))
    assert message.WhichOneof("message") == "join"
    return message.join.participant.sid


def thrown_out(connection: ClientConnection) -> bool:
    try:
        while True:
            connection.recv(timeout=20)
    except ConnectionClosed:
        return True


def people(site: Site, stream: Stream) -> int:
    return len(site.livekit.participants(stream.room_name))


def renewed(token: str) -> str:
    """As the server renews it for who is inside."""
    claims = livekit_api.TokenVerifier(KEY, SECRET).verify(token)
    assert claims.video is not None
    made = livekit_api.AccessToken(KEY, SECRET).with_identity(claims.identity).with_grants(claims.video)
    return made.to_jwt()


def test_a_token_comes_in_once(site: Site, bobs: Browser, on_air: Stream) -> None:
    assert bobs.validate() == (200, "*")
    with bobs.inside() as inside:
        assert joined(inside).startswith("PA_")
        assert bobs.refused() == Refused(403, "seat_used")
        assert bobs.validate() == (403, "*")
        assert people(site, on_air) == 1


def test_without_an_account_too(site: Site, on_air: Stream) -> None:
    visitor = Browser(site).ask_token(on_air)
    assert Browser(site).refused(visitor.token) == Refused(403, "seat_not_yours")
    with visitor.inside() as inside:
        joined(inside)


def test_older_clients_too(site: Site, bobs: Browser) -> None:
    url = f"ws://{site.front.origin}/rtc?access_token={bobs.token}&auto_subscribe=1&protocol=15&sdk=js"
    with connect(url, additional_headers={"Cookie": bobs.cookies}) as inside:
        joined(inside)


def test_a_copy_opens_nothing_and_throws_nobody_out(
    site: Site, bobs: Browser, on_air: Stream, charlie: User
) -> None:
    thief = Browser(site, session_cookie(charlie))
    assert thief.refused(bobs.token) == Refused(403, "seat_not_yours")
    with bobs.inside() as inside:
        joined(inside)
        for token in (bobs.token, renewed(bobs.token)):
            assert thief.refused(token) == Refused(403, "seat_not_yours")
            assert thief.refused(token, reconnect=True) == Refused(403, "seat_not_yours")
            assert thief.validate(token)[0] == 403
        inside.ping().wait(5)
        assert people(site, on_air) == 1


def test_whoever_lost_the_connection_comes_back_to_it(site: Site, bobs: Browser, on_air: Stream) -> None:
    with bobs.inside() as inside:
        sid = joined(inside)
        Seat.objects.update(participant_sid=sid)
        inside.socket.shutdown(socket.SHUT_RDWR)  # without a word
    with bobs.inside(renewed(bobs.token), reconnect=True, participant_sid=sid) as again:
        message = SignalResponse.FromString(again.recv(timeout=20, decode=False))
        assert message.WhichOneof("message") == "reconnect"
    assert bobs.refused(reconnect=True, participant_sid="PA_other") == Refused(403, "seat_of_another")


def test_a_kick_sticks(site: Site, bobs: Browser, on_air: Stream, bob: User, charlie: User) -> None:
    second_tab = Browser(site, bobs.cookies).ask_token(on_air)
    with bobs.inside() as inside:
        sid = joined(inside)
        viewer_revoke(stream_id=on_air.pk, viewer_id=f"u:{bob.pk}")
        assert thrown_out(inside)
    assert people(site, on_air) == 0
    for token in (bobs.token, renewed(bobs.token), second_tab.token, renewed(second_tab.token)):
        assert bobs.refused(token) == Refused(403, "seat_revoked")
        assert bobs.refused(token, reconnect=True, participant_sid=sid) == Refused(403, "seat_revoked")
        assert bobs.validate(token)[0] == 403
        assert Browser(site, session_cookie(charlie)).refused(token) == Refused(403, "seat_not_yours")
    assert people(site, on_air) == 0


def test_an_end_is_an_end(site: Site, bobs: Browser, on_air: Stream) -> None:
    late = Browser(site, bobs.cookies).ask_token(on_air)
    with bobs.inside() as inside:
        joined(inside)
        stream_end(stream_id=on_air.pk, reason=EndReason.CREATOR)
        assert thrown_out(inside)
    assert late.refused() in {Refused(403, "stream_ended"), Refused(403, "seat_revoked")}
    assert on_air.room_name not in site.livekit.rooms


@pytest.mark.parametrize(
    "path",
    [
        "/twirp/livekit.RoomService/ListRooms",
        "//twirp/livekit.RoomService/ListRooms",
        "/rtc/../twirp/livekit.RoomService/ListRooms",
        "/rtc/v1/%2e%2e/%2e%2e/twirp/livekit.RoomService/ListRooms",
        "/whip/v1/..%2f..%2ftwirp%2flivekit.RoomService%2fListRooms",
        "/.livekit/twirp/livekit.RoomService/ListRooms",
        "/.livekit",
        "/.door",
        "/agent",
        "/door/livekit",
        "/rtc/v2",
    ],
)
def test_nothing_else_of_livekit_can_be_reached(site: Site, on_air: Stream, path: str) -> None:
    site.livekit.calls.clear()
    grants = livekit_api.VideoGrants(room_list=True, room_admin=True, room_join=True, room=on_air.room_name)
    token = livekit_api.AccessToken(KEY, SECRET).with_identity("x").with_grants(grants).to_jwt()
    answer, content = Browser(site).ask(
        "POST", path, body=b"{}", Authorization=f"Bearer {token}", **{"Content-Type": "application/json"}
    )
    assert site.livekit.calls == []
    assert answer.status in {403, 404}, content


@pytest.mark.parametrize("path", ["//rtc", "/%72tc", "/rtc/.", "/x/../rtc", "/rtc/v1/../../rtc"])
def test_other_spellings_of_its_paths_are_refused(bobs: Browser, path: str) -> None:
    answer, content = bobs.ask("GET", f"{path}?access_token={bobs.token}")
    assert answer.status in {403, 404}
    if answer.status == 403:
        assert json.loads(content)["code"] == "malformed_path"


@pytest.mark.parametrize(
    "polluted",
    [
        "access_token={token}&access_token=a.b.c",
        "access_token=a.b.c&access_token={token}",
        "access_token={token}&reconnect=0&reconnect=1",
        "access_token={token};reconnect=1",
        "access_token={token}&publish=screen",
    ],
)
def test_what_could_be_read_twice_is_refused(bobs: Browser, polluted: str) -> None:
    answer, content = bobs.ask("GET", f"/rtc?{polluted.format(token=bobs.token)}")
    assert (answer.status, json.loads(content)["code"][:9]) == (403, "malformed")


def test_a_body_brings_no_parameters(bobs: Browser) -> None:
    """LiveKit would read a form before the address, also in a handshake."""
    form: dict[str, Any] = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Upgrade": "websocket",
        "Connection": "Upgrade",
    }
    answer, content = bobs.ask("POST", f"/rtc?access_token={bobs.token}", body=b"reconnect=1", **form)
    assert (answer.status, json.loads(content)["code"]) == (403, "malformed_method")


@contextmanager
def listening() -> Iterator[tuple[int, list[Message]]]:
    """In LiveKit's place somebody who notes the headers that reach it."""
    heard: list[Message] = []

    class Listener(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            heard.append(self.headers)
            self.send_response(204)
            self.end_headers()

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.do_GET()

        def log_message(self, *arguments: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Listener) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_port, heard
        finally:
            server.shutdown()
            thread.join()


def test_livekit_hears_the_verified_token_and_no_secrets_of_ours(bobs: Browser) -> None:
    """Nor what only its own parts may say: that somebody is an ingress, or comes from another address."""
    site = bobs.site
    lies: dict[str, Any] = {
        "X-Livekit-Ingress": "1",
        "X-LiveKit-ClientInfo": "{}",
        "CF-Connecting-IP": "203.0.113.9",
        "X-Forwarded-For": "203.0.113.9",
        "X-Session-Token": "secret",
        "X-Original-URI": "/rtc?access_token=a.b.c",
        "X-Door-Token": "a.b.c",
        "X-CSRFToken": "secret",
        "Upgrade": "h2c",
        "Connection": "Upgrade, HTTP2-Settings",
        "HTTP2-Settings": "AAMAAABkAARAAAAAAAIAAAAA",
    }
    web = f"127.0.0.1:{site.busk.port}"
    with listening() as (port, heard), nginx(web=web, livekit=f"127.0.0.1:{port}") as front:
        browser = Browser(Site(front, site.busk, site.livekit), bobs.cookies, bobs.token)
        answer, _ = browser.ask("GET", browser.path(""), **lies)
        assert answer.status == 204
    (headers,) = heard
    assert headers.get_all("Authorization") == [f"Bearer {bobs.token}"]
    assert headers.get_all("X-Forwarded-For") == ["127.0.0.1"]
    assert {name.lower() for name in headers} <= {
        "host", "connection", "authorization", "x-forwarded-for", "accept", "accept-encoding", "user-agent",
    }  # fmt: skip


def encoders(site: Site, stream: Stream, alice: User) -> tuple[Browser, str]:
    person = Person(viewer_id=f"u:{alice.pk}", user_id=alice.pk, holder="net:127.0.0.1")
    seat = seat_issue(stream_id=stream.pk, role=SeatRole.ENCODER, person=person)
    return Browser(site), token_for(seat, room=stream.room_name)


def test_an_encoder_comes_in_by_whip(site: Site, on_air: Stream, alice: User) -> None:
    obs, token = encoders(site, on_air, alice)
    headers: dict[str, Any] = {"Authorization": f"Bearer {token}", "Content-Type": "application/sdp"}
    answer, content = obs.ask("POST", "/whip/v1", body=OFFER, **headers)
    assert answer.status == 201, content
    place = answer.headers["Location"]
    assert place.startswith("/whip/v1/PA_")
    Seat.objects.update(participant_sid=place.rpartition("/")[2])
    again, content = obs.ask("POST", "/whip/v1", body=OFFER, **headers)
    assert (again.status, json.loads(content)["code"]) == (403, "seat_used")
    other, content = obs.ask("DELETE", "/whip/v1/PA_other", **headers)
    assert (other.status, json.loads(content)["code"]) == (403, "seat_of_another")
    assert obs.ask("DELETE", place, **headers)[0].status == 200
    wait_until(lambda: people(site, on_air) == 0)


def test_livekit_away_is_said_as_that(site: Site, bobs: Browser) -> None:
    site.livekit.stop()
    try:
        assert bobs.refused() == Refused(503, "media_away")
        answer, _ = Browser(site, bobs.cookies).ask("GET", "/rtc/v1/validate?access_token=a.b.c")
        assert answer.status == 403, "the door itself is there"
    finally:
        site.livekit.start()


def test_pages_sockets_and_files_pass_too(site: Site, on_air: Stream) -> None:
    assert Browser(site).ask("GET", "/healthz")[0].status == 200
    answer, content = Browser(site).ask("GET", f"/api/streams/{on_air.pk}")
    assert (answer.status, json.loads(content)["id"]) == (200, str(on_air.pk))
    token = "a" * 32
    posted, content = Browser(site, f"csrftoken={token}").ask(
        "POST",
        f"/api/streams/{on_air.pk}/join",
        body=b"{}",
        **{"Content-Type": "application/json", "X-CSRFToken": token},
    )
    assert posted.status == 200, content
    room = json.loads(content)["ws_url"]
    with connect(
        f"ws://{site.front.origin}{room}", origin=Origin(f"http://{site.front.origin}")
    ) as room_socket:
        assert json.loads(room_socket.recv(timeout=20))
    for path in (
        "/whip",
        f"/whip/live_{'x' * 27}",
    ):  # the second in a path of its own, for encoders without a bearer
        answer, content = Browser(site).ask("POST", path, body=OFFER, **{"Content-Type": "application/sdp"})
        assert "code" in json.loads(content), "Busk has answered, and nobody redirects an encoder"
    (site.front.folder / "picture.webp").write_bytes(b"picture")
    answer, content = Browser(site).ask("GET", "/media/picture.webp")
    assert (answer.status, content) == (200, b"picture")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_webhooks_come_by_the_inner_door() -> None:
    """Django would send a call without https elsewhere, and answer none at the name of a container."""

    def status(front: Nginx, method: str, path: str) -> int:
        with closing(HTTPConnection("127.0.0.1", front.inner_port, timeout=20)) as http:
            http.request(method, path, b"{}", {"Host": "nginx:8081", "Authorization": "signed"})
            return http.getresponse().status

    with listening() as (port, heard), nginx(web=f"127.0.0.1:{port}", livekit="127.0.0.1:9") as front:
        assert status(front, "POST", "/webhooks/livekit") == 204
        for path in ("/", "/twirp/livekit.RoomService/ListRooms", "/rtc", "/webhooks/other"):
            assert status(front, "POST", path) == 404
    (headers,) = heard
    assert (headers["Host"], headers["X-Forwarded-Proto"]) == ("127.0.0.1", "https")
    assert headers["Authorization"] == "signed"


def test_without_busk_nobody_comes_in(bobs: Browser) -> None:
    site = bobs.site
    with nginx(web="127.0.0.1:9", livekit=f"127.0.0.1:{site.livekit.port}") as alone:
        bobs.site = Site(alone, site.busk, site.livekit)
        assert bobs.refused() == Refused(503, "media_away")


def test_no_log_holds_a_secret(site: Site, bobs: Browser, on_air: Stream, charlie: User) -> None:
    """Also where somebody behind is away: nginx's own complaints would quote the whole address."""
    secret = "s3cret-of-a-path"
    thief = Browser(site, session_cookie(charlie))
    stream_id: UUID = on_air.pk
    paths = [
        f"/hls/{stream_id}/{secret}/master.m3u8",
        f"/seg/{stream_id}/{secret}/run-1/source/000001.m4s",
        f"/whip/{secret}",
        f"/ws/streams/{stream_id}/?pass={secret}",
        f"/live?token={secret}",
        f"/invite/{secret}",
        f"/accounts/confirm-email/{secret}/",
        f"/accounts/password/reset/key/{secret}/",
    ]

    def knock() -> None:
        thief.refused(bobs.token)
        bobs.validate()
        bobs.refused()
        for path in paths:
            bobs.ask("GET", path, Referer=f"http://{site.front.origin}{path}")

    knock()
    site.livekit.stop()
    try:
        bobs.ask_token(on_air)
        knock()
    finally:
        site.livekit.start()
    with nginx(web="127.0.0.1:9", livekit="127.0.0.1:9") as alone:
        bobs.site = Site(alone, site.busk, site.livekit)
        thief.site = bobs.site
        knock()
        logs = site.front.logs + alone.logs
    session = bobs.cookies.partition("=")[2]
    for hidden in (secret, bobs.token, bobs.token.split(".")[2], session, "access_token=", "join_request="):
        assert hidden not in logs
    assert "/rtc/v1/validate HTTP/1.1" in logs
    assert "door=seat_not_yours" in logs
    assert f"/hls/{stream_id}/***" in logs


def test_large_addresses_come_through(bobs: Browser) -> None:
    """A browser may send its offer of pictures along."""
    site = bobs.site
    sdp = "".join(chr(33 + number * 7919 % 90) for number in range(12_000))
    address = bobs.path("", zipped=False, publisher_offer={"type": "offer", "sdp": sdp})
    assert len(address) > 16_000
    web = f"127.0.0.1:{site.busk.port}"
    with listening() as (port, heard), nginx(web=web, livekit=f"127.0.0.1:{port}") as front:
        answer, _ = Browser(Site(front, site.busk, site.livekit), bobs.cookies).ask("GET", address)
        assert answer.status == 204
    assert len(heard) == 1
