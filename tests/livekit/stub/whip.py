"""Encoders that come by WHIP, straight into the server. Source: pkg/service/whipservice.go of livekit-server 1.11.0.

As there, a room that is missing is made, whatever ``auto_create`` says, and a session's token may end any session.
"""

import re
import secrets

from aiohttp import web
from livekit.protocol.models import DisconnectReason

from tests.livekit.stub.grants import CLAIMS, Claims
from tests.livekit.stub.rooms import Member, Refused, Rooms, new_track

FRAGMENT_TYPE = "application/trickle-ice-sdpfrag"
ALLOWED = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Headers": "*",
    "Access-Control-Allow-Methods": "PATCH, OPTIONS, GET, POST, DELETE",
    "Access-Control-Expose-Headers": "*",
}
FINGERPRINT = ":".join(f"{byte:02X}" for byte in range(32))


class Whip:
    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms

    async def nothing(self, request: web.Request) -> web.Response:
        return web.Response(status=204)

    async def options(self, request: web.Request) -> web.Response:
        return web.Response(headers=ALLOWED)

    async def create(self, request: web.Request) -> web.Response:
        if request.headers.get("Content-Type") != "application/sdp":
            return _no(400, f"unsupported content-type: {request.headers.get('Content-Type', '')}")
        try:
            claims = self._claims(request)
        except Refused as refused:
            return _no(refused.status, refused.text, "application/sdp")
        offer = await request.text()
        if not offer:
            return _no(400, "body does not have SDP offer", "application/sdp")
        if not offer.startswith("v=0"):
            return _no(
                400, "malformed SDP offer: failed to unmarshal SDP: sdp: syntax error", "application/sdp"
            )
        try:
            self._rooms.open(claims.room)
            if "a=ice-ufrag:" not in offer:
                raise Refused(503, "SetRemoteDescription called with no ice-ufrag")
            member = self._rooms.join(claims.room, claims)
        except Refused as refused:
            return _no(503, refused.text, "application/sdp")
        member.ufrag = secrets.token_hex(8)
        if self._rooms.media_flows:
            self._rooms.activate(member)
            # Who may not publish is in the room all the same, and unseen.
            if member.info.permission.can_publish:
                for kind, source in (("audio", "microphone"), ("video", "camera")):
                    if f"m={kind} " in offer:
                        self._rooms.publish(member, new_track(source, name=f"synthesized-{source}"))
        headers = {
            "Location": f"/whip/v1/{member.info.sid}",
            "ETag": member.ufrag,
            "Link": '<stun:global.stun.twilio.com:3478>; rel="ice-server"',
            "Content-Type": "application/sdp",
        }
        return web.Response(status=201, body=_answer(offer, member.ufrag).encode(), headers=headers)

    async def patch(self, request: web.Request) -> web.Response:
        if request.headers.get("Content-Type") != FRAGMENT_TYPE:
            return _no(400, f"unsupported content-type: {request.headers.get('Content-Type', '')}")
        wanted = request.headers.get("If-Match")
        if not wanted:
            return _no(428, "missing entity tag", FRAGMENT_TYPE)
        try:
            claims = self._claims(request)
        except Refused as refused:
            return _no(refused.status, refused.text, FRAGMENT_TYPE)
        if self._session(claims) is None:
            return _no(500, "no response from servers", FRAGMENT_TYPE)
        member = self._by_sid(claims.room, request.match_info["sid"])
        if member is None:
            return _no(404, "participant does not exist", FRAGMENT_TYPE)
        if wanted == "*":
            member.ufrag = secrets.token_hex(8)
            fragment = f"a=ice-ufrag:{member.ufrag}\r\na=ice-pwd:{secrets.token_hex(16)}\r\n"
            headers = {"ETag": member.ufrag, "Content-Type": FRAGMENT_TYPE}
            return web.Response(body=fragment.encode(), headers=headers)
        if wanted != member.ufrag:
            return _no(500, f"ice session mismatch, expected: {member.ufrag}, got: {wanted}", FRAGMENT_TYPE)
        return web.Response(status=204, headers={"Content-Type": FRAGMENT_TYPE})

    async def delete(self, request: web.Request) -> web.Response:
        try:
            claims = self._claims(request)
        except Refused as refused:
            return _no(refused.status, refused.text)
        if self._session(claims) is None:
            return _no(404, "no response from servers")
        member = self._by_sid(claims.room, request.match_info["sid"])
        if member is not None:
            self._rooms.remove(member, DisconnectReason.CLIENT_INITIATED)
        return web.Response()

    def _claims(self, request: web.Request) -> Claims:
        claims: Claims | None = request.get(CLAIMS)
        if claims is None or not claims.video:
            raise Refused(401, "no permissions to access the room")
        if not claims.may("roomJoin"):
            raise Refused(401, "permissions denied")
        if not claims.room:
            raise Refused(401, "room name cannot be empty")
        if not claims.identity:
            raise Refused(400, "identity cannot be empty")
        return claims

    def _session(self, claims: Claims) -> Member | None:
        room = self._rooms.live.get(claims.room)
        member = room.members.get(claims.identity) if room else None
        return member if member and member.ufrag else None

    def _by_sid(self, name: str, sid: str) -> Member | None:
        room = self._rooms.live.get(name)
        members = room.members.values() if room else ()
        return next((member for member in members if member.info.sid == sid), None)


def _no(status: int, text: str, content_type: str = "text/plain") -> web.Response:
    response = web.json_response({"error": text}, status=status)
    response.content_type = content_type
    return response


def _answer(offer: str, ufrag: str) -> str:
    """An answer in form; nobody listens at its candidate."""
    lines = ["v=0", "o=- 1 1 IN IP4 0.0.0.0", "s=-", "t=0 0", f"a=fingerprint:sha-256 {FINGERPRINT}"]
    mids = re.findall(r"^a=mid:(\S+)", offer, re.MULTILINE)
    lines.append("a=group:BUNDLE " + " ".join(mids))
    for section in re.split(r"(?m)^(?=m=)", offer)[1:]:
        first = section.splitlines()[0]
        payload = first.split()[3]
        mid = re.search(r"^a=mid:(\S+)", section, re.MULTILINE)
        codec = re.search(rf"^a=rtpmap:{payload} \S+", section, re.MULTILINE)
        lines += [" ".join([*first.split()[:3], payload]), "c=IN IP4 0.0.0.0", "a=setup:active"]
        lines += [f"a=mid:{mid[1]}"] if mid else []
        lines += [f"a=ice-ufrag:{ufrag}", f"a=ice-pwd:{ufrag * 2}", "a=rtcp-mux"]
        lines += [codec[0]] if codec else []
        lines += ["a=recvonly", "a=candidate:1 1 udp 2130706431 127.0.0.1 9 typ host", "a=end-of-candidates"]
    return "\r\n".join(lines) + "\r\n"
