"""The stub as tests hold it: a server at a port, and a word with what goes on behind it."""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterable
from types import TracebackType
from typing import Any, Self, TypeVar

from aiohttp import web
from aiohttp.typedefs import Handler
from livekit.protocol.egress import EgressInfo
from livekit.protocol.ingress import IngressInfo
from livekit.protocol.models import DisconnectReason, ParticipantInfo, Room, TrackInfo

from tests.livekit.stub.clock import Clock
from tests.livekit.stub.egress import Egress
from tests.livekit.stub.grants import CLAIMS, BadToken, Claims, read_token, renewed_token
from tests.livekit.stub.ingress import Ingress
from tests.livekit.stub.room_service import RoomService
from tests.livekit.stub.rooms import Member, Refused, Rooms, new_id, new_track
from tests.livekit.stub.signalling import Signalling
from tests.livekit.stub.twirp import Call, Route, TwirpError, handle
from tests.livekit.stub.webhooks import SignedHook, Webhooks
from tests.livekit.stub.whip import Whip

API_KEY, API_SECRET = "stubkey", "stub-secret-stub-secret-stub-secret"  # at least 32 bytes, or PyJWT warns
PATIENCE_SECONDS = 30

ResultT = TypeVar("ResultT")


class LiveKitStub:
    """``with LiveKitStub() as stub`` has it listening; all methods may be called from any thread, and block.

    Once a method returns, its webhooks have gone out, or are in ``take_hooks()``.
    """

    def __init__(
        self,
        *,
        auto_create: bool = False,
        redis: bool = True,
        media_flows: bool = False,
        speed: float = 1.0,
        key: str = API_KEY,
        secret: str = API_SECRET,
        port: int = 0,
    ) -> None:
        self.key, self.secret, self.port = key, secret, port
        self.calls: list[Call] = []
        # By the name of a method, what it answers instead; and how long every method takes first.
        self.faults: dict[str, TwirpError] = {}
        self.delay_seconds = 0.0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, name="livekit-stub", daemon=True)
        self._thread.start()
        self._redis = redis
        self._listening: web.AppRunner | None = None
        self._on_loop(self._make(speed))
        self._rooms.auto_create, self._rooms.media_flows = auto_create, media_flows
        self._rooms.renew = lambda claims: renewed_token(claims, key=key, secret=secret)
        self._egress.redis = self._ingress.redis = redis

    # --- the server ----------------------------------------------------------

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def ws_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Listen, at the port it had before if it had one."""
        self._on_loop(self._listen())

    def stop(self) -> None:
        """LiveKit is away: nobody answers at the port, and all sockets break. Rooms and time go on."""
        self._on_loop(self._stop_listening())

    def restart(self) -> None:
        """The process dies and comes back: no word is said of what is lost, by socket or webhook.

        Without Redis every room is. With it rooms keep their sid, and the API lists who was in them until the room is
        deleted, or the identity comes again; such ghosts answer to nothing.
        """

        async def die_and_live() -> None:
            was_listening = self._listening is not None
            self._rooms.forget(keep_store=self._redis)
            self.webhooks.forget()
            await self._stop_listening()
            if was_listening:
                await self._listen()

        self._on_loop(die_and_live())

    def close(self) -> None:
        """End it for good."""

        async def end() -> None:
            self._rooms.forget(keep_store=False)
            await self._stop_listening()
            # Time first: what it would bring finds nobody to tell.
            self._passing.cancel()
            await asyncio.wait([self._passing])
            await self.webhooks.close()

        self._on_loop(end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE_SECONDS)
        self._loop.close()

    def pass_time(self, seconds: float) -> None:
        """Let this much of the stub's time pass at once, with all that happens meanwhile."""
        self._on_loop(self._clock.jump(seconds, self.webhooks.settled))

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # --- what it does differently on request ---------------------------------

    def set_auto_create(self, on: bool) -> None:
        self._rooms.auto_create = on

    def set_media_flows(self, on: bool) -> None:
        """Whether who joins by a socket or WHIP is ACTIVE at once, as with a browser whose media comes up."""
        self._rooms.media_flows = on

    def set_count_lag(self, seconds: float) -> None:
        """How late ``num_participants`` may be."""
        self._rooms.count_lag_seconds = seconds

    def set_egress_service(self, there: bool) -> None:
        self._egress.service_is_there = there

    def set_ingress_full(self, full: bool) -> None:
        """Whether encoders that push are refused for want of capacity."""
        self._ingress.full = full

    def set_ingress_refused(self, refused: bool) -> None:
        """Whether CreateIngress answers resource_exhausted (429)."""
        self._ingress.creating_refused = refused

    def called(self, method: str) -> list[Call]:
        """The requests that this method had."""
        return [call for call in self.calls if call.method == method]

    # --- rooms and people ----------------------------------------------------

    def create_room(self, name: str, *, empty: int = 0, departure: int = 0, people: int = 0) -> str:
        """Returns its sid."""
        return self._do(
            lambda: self._rooms.open(name, empty=empty, departure=departure, people=people).info.sid
        )

    def delete_room(self, name: str) -> None:
        self._do(lambda: self._rooms.delete(name))

    def room(self, name: str) -> Room | None:
        """As the API lists it."""
        return self._do(lambda: self._rooms.stored.get(name))

    @property
    def rooms(self) -> list[str]:
        return self._do(lambda: list(self._rooms.stored))

    def participants(self, room: str) -> dict[str, ParticipantInfo]:
        """Who is really there: no ghosts."""

        def look() -> dict[str, ParticipantInfo]:
            live = self._rooms.live.get(room)
            found: dict[str, ParticipantInfo] = {}
            for identity, member in live.members.items() if live else ():
                found[identity] = ParticipantInfo()
                found[identity].CopyFrom(member.info)
            return found

        return self._do(look)

    def join(
        self, room: str, identity: str, *, hidden: bool = False, can_publish: bool = True, name: str = ""
    ) -> str:
        """Somebody is in the room, media and all, without a socket. Returns the sid. Raises: Refused."""
        video = {"roomJoin": True, "room": room, "canPublish": can_publish, "hidden": hidden}
        return self._do(lambda: self._enter(Claims(identity, video, name)).info.sid)

    def join_with(self, token: str) -> str:
        """As a browser does with this token, media and all, without a socket. Returns the sid. Raises: Refused."""

        def enter() -> str:
            try:
                claims = read_token(token, key=self.key, secret=self.secret)
            except BadToken as error:
                raise Refused(401, str(error)) from None
            if not claims.may("roomJoin"):
                raise Refused(401, "permissions denied")
            return self._enter(claims).info.sid

        return self._do(enter)

    def activate(self, room: str, identity: str) -> None:
        """The media of somebody who came by a socket comes up."""
        self._do(lambda: self._rooms.activate(self._member(room, identity)))

    def leave(self, room: str, *identities: str) -> None:
        """They go, all of them at once, as pages do when they are closed."""

        def go() -> None:
            for identity in identities:
                self._rooms.remove(self._member(room, identity), DisconnectReason.CLIENT_INITIATED)

        self._do(go)

    def vanish(self, room: str, identity: str) -> None:
        """Killed, or without a network: gone for the server 21 seconds later (CONNECTION_TIMEOUT)."""
        self._do(lambda: self._rooms.vanish(self._member(room, identity)))

    def come_back(self, room: str, identity: str) -> None:
        """Whoever vanished is heard of again in time."""
        self._do(lambda: self._rooms.come_back(self._member(room, identity)))

    def publish(self, room: str, identity: str, *sources: str) -> list[str]:
        """By the names of the sources: "camera", "microphone", "screen_share". Returns the tracks' sids."""

        def publish() -> list[str]:
            member = self._member(room, identity)
            tracks = [new_track(source) for source in sources or ("microphone", "camera")]
            for track in tracks:
                self._rooms.publish(member, track)
            return [track.sid for track in tracks]

        return self._do(publish)

    def unpublish(self, room: str, identity: str, *sources: str) -> None:
        """Of these sources, or all."""

        def unpublish() -> None:
            member = self._member(room, identity)
            wanted = {new_track(source).source for source in sources}
            for track in list(member.info.tracks):
                if not wanted or track.source in wanted:
                    self._rooms.unpublish(member, track.sid)

        self._do(unpublish)

    def tracks(self, room: str, identity: str) -> list[TrackInfo]:
        return list(self.participants(room)[identity].tracks)

    # --- webhooks ------------------------------------------------------------

    def take_hooks(self) -> list[SignedHook]:
        """What waits in the outbox, which is where webhooks go while ``webhooks.url`` is None."""

        def take() -> list[SignedHook]:
            taken, self.webhooks.outbox = self.webhooks.outbox, []
            return taken

        return self._do(take)

    # --- encoders, recordings ------------------------------------------------

    @property
    def egresses(self) -> dict[str, EgressInfo]:
        return dict(self._egress.all)

    def fail_egress(self, egress_id: str) -> None:
        self._do(lambda: self._egress.fail(egress_id))

    @property
    def ingresses(self) -> dict[str, IngressInfo]:
        return dict(self._ingress.all)

    def push(self, stream_key: str) -> str:
        """An encoder begins to push. Returns its participant's sid. Raises: Refused, with 404 or 429."""
        return self._do(lambda: self._ingress.push(stream_key))

    def stop_pushing(self, stream_key: str) -> None:
        def stop() -> None:
            for info in self._ingress.all.values():
                if info.stream_key == stream_key:
                    self._ingress.stop(info)

        self._do(stop)

    # --- within --------------------------------------------------------------

    def _enter(self, claims: Claims) -> Member:
        self._rooms.must_exist(claims.room)
        member = self._rooms.join(claims.room, claims)
        self._rooms.activate(member)
        return member

    def _member(self, room: str, identity: str) -> Member:
        return self._rooms.live[room].members[identity]

    def _do(self, act: Callable[[], ResultT]) -> ResultT:
        async def do() -> ResultT:
            result = act()
            await self.webhooks.settled()
            return result

        return self._on_loop(do())

    def _on_loop(self, work: Coroutine[Any, Any, ResultT]) -> ResultT:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE_SECONDS)

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    async def _make(self, speed: float) -> None:
        self._clock = Clock(speed)
        self.webhooks = Webhooks(self._clock, key=self.key, secret=self.secret, server_id=new_id)
        self._rooms = Rooms(self._clock, self.webhooks)
        self._egress = Egress(self._rooms, self.webhooks, self._clock)
        self._ingress = Ingress(self._rooms, self.webhooks, self._clock)
        self._routes: dict[str, dict[str, Route]] = {
            "RoomService": RoomService(self._rooms).routes,
            "Egress": self._egress.routes,
            "Ingress": self._ingress.routes,
        }
        self._passing = asyncio.get_running_loop().create_task(self._clock.run())

    async def _listen(self) -> None:
        signalling, whip = Signalling(self._rooms), Whip(self._rooms)
        app = web.Application(middlewares=[self._authenticate])
        app.router.add_get("/", self._health)
        app.router.add_route("*", "/twirp/livekit.{service}/{method}", self._twirp)
        for path in ("/rtc", "/rtc/v1"):
            app.router.add_get(path, signalling.connect)
            app.router.add_get(f"{path}/validate", signalling.validate)
        app.router.add_get("/whip/v1", whip.nothing)
        app.router.add_options("/whip/v1", whip.options)
        app.router.add_post("/whip/v1", whip.create)
        app.router.add_get("/whip/v1/{sid}", whip.nothing)
        app.router.add_patch("/whip/v1/{sid}", whip.patch)
        app.router.add_delete("/whip/v1/{sid}", whip.delete)
        runner = web.AppRunner(app, shutdown_timeout=0.2, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", self.port, reuse_address=True)
        await site.start()
        self.port = runner.addresses[0][1]
        self._listening = runner

    async def _stop_listening(self) -> None:
        if self._listening is not None:
            runner, self._listening = self._listening, None
            await runner.cleanup()

    @web.middleware
    async def _authenticate(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """A header goes before the query; no token at all is for the handler to judge."""
        header = request.headers.get("Authorization", "")
        cors = {"Access-Control-Allow-Origin": "*"} if "Origin" in request.headers else {}
        try:
            if header and not header.startswith("Bearer "):
                raise BadToken("invalid authorization header. Must start with Bearer ")
            token = header.removeprefix("Bearer ") or request.query.get("access_token", "")
            if token:
                request[CLAIMS] = read_token(token, key=self.key, secret=self.secret)
        except BadToken as error:
            return web.Response(status=401, text=str(error), headers=cors)
        response = await handler(request)
        if not response.prepared:
            response.headers.update(cors)
        return response

    async def _health(self, request: web.Request) -> web.Response:
        return web.Response(text="OK")

    async def _twirp(self, request: web.Request) -> web.Response:
        if self.delay_seconds:
            await asyncio.sleep(self.delay_seconds)
        service = self._routes.get(request.match_info["service"])
        if service is None:
            return web.Response(status=404, text="404 page not found\n")
        return await handle(request, service.get(request.match_info["method"]), self._before)

    def _before(self, call: Call) -> None:
        self.calls.append(call)
        if fault := self.faults.get(call.method):
            raise fault


def hooks_of(hooks: Iterable[SignedHook], event: str) -> list[SignedHook]:
    """Those of one event."""
    return [hook for hook in hooks if hook.event == event]
