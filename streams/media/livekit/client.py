"""The only module that talks to LiveKit's server API: blocking calls, made from services and tasks.

Source: https://docs.livekit.io/reference/server/server-apis/ (Twirp over HTTP).
"""

import asyncio
import logging
import os
import threading
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

import aiohttp
from django.conf import settings
from django.db import connection, transaction
from livekit import api
from livekit.protocol.models import ParticipantInfo, Room
from multidict import CIMultiDictProxy

from streams.media.errors import MediaAway

logger = logging.getLogger(__name__)

# A server that works answers in milliseconds; egress and ingress ask each other first.
TIMEOUT_SECONDS = 5.0
SLOW_TIMEOUT_SECONDS = 15.0
AT_ONCE = 16
# Of an answer that is no Twirp; a session description has 10 KB.
MOST_ANSWER_BYTES = 256 * 1024

AnswerT = TypeVar("AnswerT")
ItemT = TypeVar("ItemT")


class EngineRefused(Exception):
    """The server answered, and said no. ``reason`` is Twirp's code, such as not_found or failed_precondition."""

    def __init__(self, reason: str, message: str, status: int) -> None:
        super().__init__(f"{reason}: {message}")
        self.reason = reason
        self.status = status


@dataclass(frozen=True)
class HttpAnswer:
    """What one of the server's other doors answers: whether it is a refusal is for the caller to say."""

    status: int
    headers: CIMultiDictProxy[str]
    body: bytes


class Engine:
    """One LiveKit server, or several behind one address.

    Calls block, are given up after some seconds and refuse to run in a transaction. Calls that remove treat what is
    gone already as removed. Raises, each of them: MediaAway when the server cannot be reached, EngineRefused.
    """

    def __init__(self, *, url: str, key: str, secret: str) -> None:
        self.url = "http" + url.removeprefix("ws") if url.startswith("ws") else url
        self.url = self.url.rstrip("/")
        self._key, self._secret = key, secret
        self._runner = _Runner()
        self._api: api.LiveKitAPI | None = None
        self._api_loop: asyncio.AbstractEventLoop | None = None

    def create_room(
        self, *, name: str, empty_timeout: int, departure_timeout: int, max_participants: int
    ) -> Room:
        """Seconds and people. A room that is there already is answered as it is: other limits change nothing."""
        request = api.CreateRoomRequest(
            name=name,
            empty_timeout=empty_timeout,
            departure_timeout=departure_timeout,
            max_participants=max_participants,
        )
        return self._call(lambda server: server.room.create_room(request))

    def delete_room(self, name: str) -> None:
        """Everybody in it is put out."""
        request = api.DeleteRoomRequest(room=name)
        self._forgiving(lambda server: server.room.delete_room(request))

    def list_rooms(self, names: Sequence[str] = ()) -> list[Room]:
        """All, or those of these names. Their ``num_participants`` lag by up to five seconds."""
        request = api.ListRoomsRequest(names=names)
        return list(self._call(lambda server: server.room.list_rooms(request)).rooms)

    def list_participants(self, names: Sequence[str]) -> dict[str, list[ParticipantInfo]]:
        """Who is in each of these rooms, the hidden ones too; nobody in one that is not there.

        A room of which the server cannot tell, such as one whose node does not answer, is left out. After a crash it
        may go on telling of people who were there before: see ``out_of_reach``.
        """
        found: dict[str, list[ParticipantInfo]] = {}

        async def one(server: api.LiveKitAPI, name: str) -> None:
            try:
                answer = await server.room.list_participants(api.ListParticipantsRequest(room=name))
            except api.TwirpError as error:
                logger.warning("%s: LiveKit does not tell who is there: %s", name, error.code)
            else:
                found[name] = list(answer.participants)

        self._each(one, names)
        return found

    def get_participant(self, *, room: str, identity: str) -> ParticipantInfo | None:
        """None when nobody of this identity is there."""
        request = api.RoomParticipantIdentity(room=room, identity=identity)
        return self._forgiving(lambda server: server.room.get_participant(request))

    def remove_participant(self, *, room: str, identity: str) -> None:
        """The same token could come in again at once, were there no door: see ``seats``."""
        request = api.RoomParticipantIdentity(room=room, identity=identity)
        self._forgiving(lambda server: server.room.remove_participant(request))

    def remove_participants(self, *, room: str, identities: Sequence[str]) -> list[str]:
        """Several of one room, some at a time. Returns those whom the server tells of and cannot reach."""
        unreachable: list[str] = []

        async def one(server: api.LiveKitAPI, identity: str) -> None:
            request = api.RoomParticipantIdentity(room=room, identity=identity)
            try:
                await server.room.remove_participant(request)
            except api.TwirpError as error:
                if error.code == api.TwirpErrorCode.UNAVAILABLE:
                    unreachable.append(identity)
                elif error.code != api.TwirpErrorCode.NOT_FOUND:
                    raise

        self._each(one, identities)
        return unreachable

    def out_of_reach(self, people: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
        """Of these pairs of room and identity, those who are not there though the server tells of them.

        With its rooms in Redis, a server that died and came back lists who was in them before. Nothing of theirs is
        changed here: whoever is there says that they are.
        """
        unreachable: list[tuple[str, str]] = []

        async def one(server: api.LiveKitAPI, whom: tuple[str, str]) -> None:
            request = api.UpdateSubscriptionsRequest(room=whom[0], identity=whom[1])
            try:
                await server.room.update_subscriptions(request)
            except api.TwirpError as error:
                # Any other word comes from the participant's own node.
                if error.code in {api.TwirpErrorCode.NOT_FOUND, api.TwirpErrorCode.UNAVAILABLE}:
                    unreachable.append(whom)

        self._each(one, people)
        return unreachable

    def list_egress(self, *, room: str) -> list[api.EgressInfo]:
        """What is taken out of this room now: recordings and bridges that have not ended."""
        request = api.ListEgressRequest(room_name=room, active=True)
        return list(self._slow(lambda server: server.egress.list_egress(request)).items)

    def start_participant_egress(self, request: api.ParticipantEgressRequest) -> api.EgressInfo:
        return self._slow(lambda server: server.egress.start_participant_egress(request))

    def stop_egress(self, egress_id: str) -> None:
        """One that has ended, or failed, is stopped already."""
        request = api.StopEgressRequest(egress_id=egress_id)
        try:
            self._slow(lambda server: server.egress.stop_egress(request))
        except EngineRefused as refused:
            if refused.reason not in {api.TwirpErrorCode.NOT_FOUND, api.TwirpErrorCode.FAILED_PRECONDITION}:
                raise

    def create_ingress(self, request: api.CreateIngressRequest) -> api.IngressInfo:
        """Its ``stream_key`` is a secret."""
        return self._slow(lambda server: server.ingress.create_ingress(request))

    def update_ingress(self, request: api.UpdateIngressRequest) -> api.IngressInfo:
        """Refused while somebody publishes by it."""
        return self._slow(lambda server: server.ingress.update_ingress(request))

    def list_ingress(self, *, ingress_id: str = "", room: str = "") -> list[api.IngressInfo]:
        request = api.ListIngressRequest(ingress_id=ingress_id, room_name=room)
        return list(self._slow(lambda server: server.ingress.list_ingress(request)).items)

    def delete_ingress(self, ingress_id: str) -> None:
        request = api.DeleteIngressRequest(ingress_id=ingress_id)
        self._forgiving(lambda server: server.ingress.delete_ingress(request))

    def auto_create_is_on(self) -> bool:
        """Whether any token makes a room that we did not: asked of a room that cannot be there."""
        name = f"busk-check-{os.urandom(8).hex()}"
        grants = api.VideoGrants(room_join=True, room=name)
        token = api.AccessToken(self._key, self._secret).with_identity("check").with_grants(grants).to_jwt()

        async def ask(_server: api.LiveKitAPI) -> int:
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT_SECONDS)) as session,
                session.get(
                    f"{self.url}/rtc/validate", headers={"Authorization": f"Bearer {token}"}
                ) as answer,
            ):
                return answer.status

        status = self._call(ask)
        if status in {401, 403}:
            raise EngineRefused(api.TwirpErrorCode.UNAUTHENTICATED, "key or secret is wrong", status)
        return status == 200

    def http(
        self, method: str, path: str, *, token: str, headers: Mapping[str, str], body: bytes = b""
    ) -> HttpAnswer:
        """A request to a door that is no Twirp, such as WHIP's, as the holder of this token."""

        async def ask(_server: api.LiveKitAPI) -> HttpAnswer:
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=SLOW_TIMEOUT_SECONDS)) as session,
                session.request(
                    method,
                    f"{self.url}{path}",
                    data=body,
                    headers={**headers, "Authorization": f"Bearer {token}"},
                    allow_redirects=False,
                ) as answer,
            ):
                content = await answer.content.read(MOST_ANSWER_BYTES)
                while len(content) < MOST_ANSWER_BYTES and (more := await answer.content.read(65536)):
                    content += more
                return HttpAnswer(answer.status, answer.headers, content)

        return self._slow(ask)

    def close(self) -> None:
        """Give back connections and thread; a closed engine opens them again when it is used."""
        if self._api is not None:
            self._runner.run(self._api.aclose(), TIMEOUT_SECONDS)
            self._api = None
        self._runner.stop()

    def _each(self, ask: Callable[[api.LiveKitAPI, ItemT], Awaitable[None]], items: Sequence[ItemT]) -> None:
        """One request for each, some at a time. The first that fails fails them all."""

        async def all_of_them(server: api.LiveKitAPI) -> None:
            gate = asyncio.Semaphore(AT_ONCE)

            async def one(item: ItemT) -> None:
                async with gate:
                    await ask(server, item)

            async with asyncio.TaskGroup() as group:
                for item in items:
                    group.create_task(one(item))

        if items:
            try:
                self._call(all_of_them, timeout=TIMEOUT_SECONDS * (1 + len(items) // AT_ONCE))
            except ExceptionGroup as failed:
                raise _as_ours(failed.exceptions[0]) from failed

    def _forgiving(self, ask: Callable[[api.LiveKitAPI], Awaitable[AnswerT]]) -> AnswerT | None:
        """None for what is not there."""
        try:
            return self._call(ask)
        except EngineRefused as refused:
            if refused.reason != api.TwirpErrorCode.NOT_FOUND:
                raise
            return None

    def _slow(self, ask: Callable[[api.LiveKitAPI], Awaitable[AnswerT]]) -> AnswerT:
        return self._call(ask, timeout=SLOW_TIMEOUT_SECONDS)

    def _call(
        self, ask: Callable[[api.LiveKitAPI], Awaitable[AnswerT]], timeout: float = TIMEOUT_SECONDS
    ) -> AnswerT:
        _refuse_transactions()
        try:
            return self._runner.run(self._asked(ask), timeout)
        except (api.TwirpError, aiohttp.ClientError, TimeoutError, OSError) as error:
            raise _as_ours(error) from error

    async def _asked(self, ask: Callable[[api.LiveKitAPI], Awaitable[AnswerT]]) -> AnswerT:
        loop = asyncio.get_running_loop()
        if (
            self._api is None or self._api_loop is not loop
        ):  # connections stay behind with the process that forked
            self._api_loop = loop
            session_timeout = aiohttp.ClientTimeout(total=SLOW_TIMEOUT_SECONDS)
            # Cloud regions are not ours to look for, so no failover.
            self._api = api.LiveKitAPI(
                self.url, self._key, self._secret, timeout=session_timeout, failover=False
            )
        return await ask(self._api)


def _as_ours(error: Exception) -> Exception:
    """What the library raises, in our words; a mistake in our own code as it is."""
    if isinstance(error, api.TwirpError):
        # Behind it nobody who could do it: an egress or ingress service that is not there, a node that is starting; or
        # a proxy speaks for a server that does not.
        if error.code == api.TwirpErrorCode.UNAVAILABLE or error.status in {502, 504}:
            return MediaAway(reason=error.message)
        return EngineRefused(error.code, error.message, error.status)
    if isinstance(error, aiohttp.ClientError | TimeoutError | OSError):
        return MediaAway()
    return error


class _Runner:
    """One event loop in a thread of its own, since connections outlive the call that opened them.

    A process that was forked begins anew: threads do not come along.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._pid = 0

    def run(self, work: Coroutine[Any, Any, AnswerT], timeout: float) -> AnswerT:
        """Raises: TimeoutError, and what the work raises."""
        future = asyncio.run_coroutine_threadsafe(asyncio.wait_for(work, timeout), self._running())
        return future.result()

    def stop(self) -> None:
        with self._lock:
            if self._loop is not None and self._pid == os.getpid():
                self._loop.call_soon_threadsafe(self._loop.stop)
            self._loop = None

    def _running(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None or self._pid != os.getpid():
                loop = asyncio.new_event_loop()
                threading.Thread(target=_serve, args=(loop,), name="livekit", daemon=True).start()
                self._loop, self._pid = loop, os.getpid()
            return self._loop


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    loop.run_forever()
    loop.close()


def _refuse_transactions() -> None:
    """A slow server would hold its locks. The transaction that a test wraps around itself does not count."""
    if any(not getattr(block, "_from_testcase", False) for block in connection.atomic_blocks):
        raise transaction.TransactionManagementError("LiveKit was called in a transaction")


@cache
def engine() -> Engine:
    """The server of the settings."""
    return Engine(url=settings.LIVEKIT_URL, key=settings.LIVEKIT_API_KEY, secret=settings.LIVEKIT_API_SECRET)
