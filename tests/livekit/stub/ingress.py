"""Addresses for encoders, and encoders that push to them by the test's word.

Source: pkg/service/ingress.go of livekit-server 1.11.0, and ingress 1.4.3 as measured.
"""

from livekit.protocol import ingress as api
from livekit.protocol.ingress import IngressInfo, IngressInput, IngressState
from livekit.protocol.models import DisconnectReason, ParticipantInfo
from livekit.protocol.webhook import WebhookEvent

from tests.livekit.stub.clock import Clock
from tests.livekit.stub.grants import Claims
from tests.livekit.stub.room_service import need
from tests.livekit.stub.rooms import Refused, Rooms, new_id, new_track
from tests.livekit.stub.twirp import Route, TwirpError, from_behind, no_response
from tests.livekit.stub.webhooks import Webhooks

FULL = "server capacity exceeded"


class Ingress:
    def __init__(self, rooms: Rooms, webhooks: Webhooks, clock: Clock) -> None:
        self.redis = True
        self.full = False  # who pushes is refused
        self.creating_refused = False  # as LiveKit's cloud does when a project has used up its ingresses
        self.rtmp_base_url, self.whip_base_url = "rtmp://127.0.0.1:1935/live", "http://127.0.0.1:8080/w"
        self.all: dict[str, IngressInfo] = {}
        self._rooms, self._webhooks, self._clock = rooms, webhooks, clock

    @property
    def routes(self) -> dict[str, Route]:
        return {
            "CreateIngress": Route(api.CreateIngressRequest, self.create),
            "UpdateIngress": Route(api.UpdateIngressRequest, self.update),
            "ListIngress": Route(api.ListIngressRequest, self.list),
            "DeleteIngress": Route(api.DeleteIngressRequest, self.delete),
        }

    def create(self, request: api.CreateIngressRequest, claims: Claims | None) -> IngressInfo:
        self._may(claims)
        if self.creating_refused:
            raise TwirpError("resource_exhausted", FULL)
        if request.input_type == IngressInput.URL_INPUT:
            raise no_response()  # the server would pull, and the stub has no ingress service
        by_whip = request.input_type == IngressInput.WHIP_INPUT
        for given, what in (
            (request.participant_identity, "no participant identity"),
            (request.room_name, "no room name"),
        ):
            if not given:
                raise from_behind("invalid_argument", f"invalid ingress: {what}")
        transcodes = request.enable_transcoding if request.HasField("enable_transcoding") else not by_whip
        info = IngressInfo(
            ingress_id=new_id("IN_"),
            name=request.name,
            stream_key=new_id(""),
            url=self.whip_base_url if by_whip else self.rtmp_base_url,
            input_type=request.input_type,
            enable_transcoding=transcodes,
            bypass_transcoding=not transcodes,
            room_name=request.room_name,
            participant_identity=request.participant_identity,
            participant_name=request.participant_name,
            participant_metadata=request.participant_metadata,
            reusable=True,
            state=IngressState(),
        )
        if request.HasField("enabled"):
            info.enabled = request.enabled
        self.all[info.ingress_id] = info
        return info

    def update(self, request: api.UpdateIngressRequest, claims: Claims | None) -> IngressInfo:
        self._may(claims)
        info = self._get(request.ingress_id)
        for name in (
            "name",
            "room_name",
            "participant_identity",
            "participant_name",
            "participant_metadata",
        ):
            if value := getattr(request, name):
                setattr(info, name, value)
        for name in ("enable_transcoding", "enabled"):
            if request.HasField(name):
                setattr(info, name, getattr(request, name))
        info.bypass_transcoding = not info.enable_transcoding
        if info.state.status == IngressState.Status.ENDPOINT_ERROR:
            info.state.status = IngressState.Status.ENDPOINT_INACTIVE
        return info

    def list(self, request: api.ListIngressRequest, claims: Claims | None) -> api.ListIngressResponse:
        self._may(claims)
        if request.ingress_id:
            return api.ListIngressResponse(items=[self._get(request.ingress_id)])
        found = [info for info in self.all.values() if request.room_name in ("", info.room_name)]
        return api.ListIngressResponse(items=found)

    def delete(self, request: api.DeleteIngressRequest, claims: Claims | None) -> IngressInfo:
        self._may(claims)
        info = self._get(request.ingress_id)
        del self.all[info.ingress_id]
        self.stop(info)
        return info

    def push(self, stream_key: str) -> str:
        """An encoder begins. Returns its participant's sid. Raises: Refused."""
        info = next((info for info in self.all.values() if info.stream_key == stream_key), None)
        if info is None or (info.HasField("enabled") and not info.enabled):
            raise Refused(404, "ingress does not exist")
        if self.full:
            info.state.status, info.state.error = IngressState.Status.ENDPOINT_ERROR, FULL
            raise Refused(429, FULL)
        self._rooms.must_exist(info.room_name)
        video = {"roomJoin": True, "room": info.room_name, "canPublish": True, "canSubscribe": False}
        claims = Claims(
            info.participant_identity, video, info.participant_name, metadata=info.participant_metadata
        )
        member = self._rooms.join(info.room_name, claims)
        member.info.kind = ParticipantInfo.Kind.INGRESS
        self._rooms.activate(member)
        info.state.status, info.state.error = IngressState.Status.ENDPOINT_PUBLISHING, ""
        info.state.room_id = member.room.info.sid
        info.state.started_at = self._clock.milliseconds() * 1_000_000
        self._webhooks.tell(WebhookEvent(event="ingress_started", ingress_info=info))
        for source in ("microphone", "camera"):
            self._rooms.publish(member, new_track(source))
        return member.info.sid

    def stop(self, info: IngressInfo) -> None:
        """Its encoder went, or was made to."""
        if info.state.status != IngressState.Status.ENDPOINT_PUBLISHING:
            return
        info.state.status = IngressState.Status.ENDPOINT_INACTIVE
        info.state.ended_at = self._clock.milliseconds() * 1_000_000
        room = self._rooms.live.get(info.room_name)
        member = room.members.get(info.participant_identity) if room else None
        if member:
            self._rooms.remove(member, DisconnectReason.CLIENT_INITIATED)
        self._webhooks.tell(WebhookEvent(event="ingress_ended", ingress_info=info))

    def _get(self, ingress_id: str) -> IngressInfo:
        if ingress_id not in self.all:
            raise from_behind("not_found", "ingress does not exist")
        return self.all[ingress_id]

    def _may(self, claims: Claims | None) -> None:
        need(claims, "ingressAdmin")
        if not self.redis:
            raise from_behind("internal", "ingress not connected (redis required)")
