"""The websocket by which clients come in. Source: pkg/service/rtcservice.go of livekit-server 1.11.0."""

import asyncio
import base64
import binascii
import gzip
import json
import time
from dataclasses import dataclass

from aiohttp import WSMsgType, web
from google.protobuf.message import DecodeError
from livekit.protocol import rtc
from livekit.protocol.models import DisconnectReason, TrackSource

from tests.livekit.stub.grants import CLAIMS, Claims
from tests.livekit.stub.rooms import PROTOCOL_WITH_ACTIONS, Member, Refused, Rooms, new_track

LIMIT_BYTES = 1 << 20
NO_CLAIMS = "no permissions to access the room"


@dataclass
class Arrival:
    """What a handshake asks for."""

    room: str
    claims: Claims
    reconnect: bool
    protocol: int


class Socket:
    """Messages to somebody, in their order; the handler of the request writes them."""

    def __init__(self, protocol: int) -> None:
        self.protocol = protocol
        self.outgoing: asyncio.Queue[bytes | None] = asyncio.Queue()

    def send(self, message: rtc.SignalResponse) -> None:
        self.outgoing.put_nowait(message.SerializeToString())

    def close(self) -> None:
        self.outgoing.put_nowait(None)


class Signalling:
    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms

    async def validate(self, request: web.Request) -> web.Response:
        try:
            self._arrival(request, strict=True)
        except Refused as refused:
            return web.Response(status=refused.status, text=refused.text)
        return web.Response(text="success")

    async def connect(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get("Upgrade", "").lower() != "websocket":
            return web.Response(status=404)
        try:
            arrival = self._arrival(request, strict=False)
            socket = Socket(arrival.protocol)
            member = self._enter(arrival, socket)
        except Refused as refused:
            text = "connection closed by media" if refused.status == 500 else refused.text
            return web.Response(status=refused.status, text=text)
        answer = web.WebSocketResponse()
        await answer.prepare(request)
        writing = asyncio.create_task(self._write(answer, socket))
        try:
            if member is not None:
                await self._read(answer, member, socket)
        finally:
            if member is not None:
                self._rooms.socket_lost(member, socket)
            socket.close()
            await writing
        return answer

    def _arrival(self, request: web.Request, *, strict: bool) -> Arrival:
        """Raises: Refused, in the server's order of questions."""
        claims: Claims | None = request.get(CLAIMS)
        if claims is None or not claims.video:
            raise Refused(401, NO_CLAIMS)
        query = request.query
        asked = rtc.JoinRequest()
        wrapped = query.get("join_request", "")
        publish, metadata, attributes = "", "", {}
        if wrapped:
            asked = _unwrapped(wrapped)
            metadata, attributes = asked.metadata, dict(asked.participant_attributes)
        elif "/v1" in request.path:
            raise Refused(400, "join_request is required")
        else:
            publish = query.get("publish", "")
            attributes = _attributes(query.get("attributes", ""), strict=strict)
        if not claims.may("roomJoin"):
            raise Refused(401, "permissions denied")
        if not claims.identity:
            raise Refused(400, "identity cannot be empty")
        if not claims.room:
            raise Refused(400, "no room name")
        if publish:
            # One token, and somebody beside its holder.
            if not claims.permission().can_publish:
                raise Refused(401, NO_CLAIMS)
            claims = Claims(
                f"{claims.identity}#{publish}", {**claims.video, "canSubscribe": False}, claims.name
            )
        self._rooms.must_exist(claims.room)
        if (metadata or attributes) and not claims.may("canUpdateOwnMetadata"):
            raise Refused(401, NO_CLAIMS)
        if metadata or attributes:
            merged = {**claims.attributes, **{key: value for key, value in attributes.items() if value}}
            claims = Claims(claims.identity, claims.video, claims.name, metadata or claims.metadata, merged)
        if wrapped:
            return Arrival(claims.room, claims, asked.reconnect, asked.client_info.protocol)
        protocol = query.get("protocol", "0")
        reconnect = query.get("reconnect", "") in {"1", "true"}
        return Arrival(claims.room, claims, reconnect, int(protocol) if protocol.isdigit() else 0)

    def _enter(self, arrival: Arrival, socket: Socket) -> Member | None:
        """None for who would resume what is not there: they are told so, and closed. Raises: Refused."""
        if arrival.reconnect:
            room = self._rooms.open(arrival.room)
            member = room.members.get(arrival.claims.identity)
            if member is not None:
                self._rooms.resume(member, socket)
                return member
            leave = rtc.LeaveRequest(reason=DisconnectReason.STATE_MISMATCH)
            if arrival.protocol >= PROTOCOL_WITH_ACTIONS:
                leave.action = rtc.LeaveRequest.Action.RECONNECT
            else:
                leave.can_reconnect = True
            socket.send(rtc.SignalResponse(leave=leave))
            socket.close()
            return None
        member = self._rooms.join(arrival.room, arrival.claims, socket)
        if self._rooms.media_flows:
            self._rooms.activate(member)
        return member

    async def _write(self, answer: web.WebSocketResponse, socket: Socket) -> None:
        while (message := await socket.outgoing.get()) is not None:
            if answer.closed:
                return
            try:
                await answer.send_bytes(message)
            except ConnectionError:
                return
        await answer.close()

    async def _read(self, answer: web.WebSocketResponse, member: Member, socket: Socket) -> None:
        async for message in answer:
            if message.type != WSMsgType.BINARY:
                continue
            try:
                request = rtc.SignalRequest.FromString(message.data)
            except DecodeError:
                return
            self._said(member, socket, request)

    def _said(self, member: Member, socket: Socket, request: rtc.SignalRequest) -> None:
        now = int(time.time() * 1000)
        match request.WhichOneof("message"):
            case "ping":
                socket.send(rtc.SignalResponse(pong=now))
            case "ping_req":
                pong = rtc.Pong(last_ping_timestamp=request.ping_req.timestamp, timestamp=now)
                socket.send(rtc.SignalResponse(pong_resp=pong))
            case "leave":
                self._rooms.remove(member, DisconnectReason.CLIENT_INITIATED, say_so=False)
            case "add_track":
                self._add_track(member, socket, request.add_track)
            case "mute":
                self._rooms.mute(member, request.mute.sid, muted=request.mute.muted)
            case _:
                pass  # offers, answers and candidates: there is no media

    def _add_track(self, member: Member, socket: Socket, asked: rtc.AddTrackRequest) -> None:
        """Who may not publish, or not this, hears nothing."""
        permission = member.info.permission
        sources = permission.can_publish_sources
        if not permission.can_publish or (sources and asked.source not in sources):
            return
        track = new_track(TrackSource.Name(asked.source), name=asked.name)
        track.type = asked.type
        socket.send(
            rtc.SignalResponse(track_published=rtc.TrackPublishedResponse(cid=asked.cid, track=track))
        )
        if self._rooms.media_flows:
            self._rooms.publish(member, track)


def _unwrapped(wrapped: str) -> rtc.JoinRequest:
    try:
        outer = rtc.WrappedJoinRequest.FromString(base64.b64decode(wrapped, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError):
        raise Refused(400, "cannot base64 decode wrapped join request") from None
    except DecodeError:
        raise Refused(400, "cannot unmarshal wrapped join request") from None
    inner = outer.join_request
    if outer.compression == rtc.WrappedJoinRequest.Compression.GZIP:
        try:
            inner = gzip.decompress(inner)
        except (OSError, EOFError):
            raise Refused(400, "cannot read decompressed join request") from None
    if len(inner) > LIMIT_BYTES:
        raise Refused(400, "join request too large")
    try:
        return rtc.JoinRequest.FromString(inner)
    except DecodeError:
        raise Refused(400, "cannot unmarshal join request") from None


def _attributes(encoded: str, *, strict: bool) -> dict[str, str]:
    if not encoded:
        return {}
    try:
        return dict(json.loads(base64.urlsafe_b64decode(encoded)))
    except ValueError:
        if strict:
            raise Refused(400, "cannot decode attributes") from None
        return {}
