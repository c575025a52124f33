"""Recordings and bridges: their life, without a picture in them.

Source: pkg/service/egress.go and ioservice.go of livekit-server 1.11.0, and egress 1.9.1 as measured.
"""

from livekit.protocol import egress as api
from livekit.protocol.egress import EgressInfo, EgressStatus
from livekit.protocol.webhook import WebhookEvent

from tests.livekit.stub.clock import Clock
from tests.livekit.stub.grants import Claims
from tests.livekit.stub.room_service import need
from tests.livekit.stub.rooms import Rooms, new_id
from tests.livekit.stub.twirp import Route, from_behind, no_response
from tests.livekit.stub.webhooks import Webhooks

ACTIVE_AFTER_SECONDS, ENDED_AFTER_SECONDS = 2.4, 4.3
RUNNING = {EgressStatus.EGRESS_STARTING, EgressStatus.EGRESS_ACTIVE}
OVER = {
    EgressStatus.EGRESS_COMPLETE,
    EgressStatus.EGRESS_FAILED,
    EgressStatus.EGRESS_ABORTED,
    EgressStatus.EGRESS_LIMIT_REACHED,
}


class Egress:
    def __init__(self, rooms: Rooms, webhooks: Webhooks, clock: Clock) -> None:
        self.service_is_there = True
        self.redis = True
        self.all: dict[str, EgressInfo] = {}
        self._rooms, self._webhooks, self._clock = rooms, webhooks, clock
        rooms.on_closed.append(self._room_closed)
        rooms.on_left.append(self._somebody_left)

    @property
    def routes(self) -> dict[str, Route]:
        return {
            "ListEgress": Route(api.ListEgressRequest, self.list_egress),
            "StopEgress": Route(api.StopEgressRequest, self.stop_egress),
            "StartParticipantEgress": Route(api.ParticipantEgressRequest, self.start),
            "StartRoomCompositeEgress": Route(api.RoomCompositeEgressRequest, self.start),
            "StartTrackCompositeEgress": Route(api.TrackCompositeEgressRequest, self.start),
            "StartTrackEgress": Route(api.TrackEgressRequest, self.start),
        }

    def start(
        self,
        request: api.ParticipantEgressRequest
        | api.RoomCompositeEgressRequest
        | api.TrackCompositeEgressRequest
        | api.TrackEgressRequest,
        claims: Claims | None,
    ) -> EgressInfo:
        need(claims, "roomRecord")
        room = self._rooms.stored.get(request.room_name)
        if room is None:
            raise from_behind("not_found", "requested room does not exist")
        if not (self.service_is_there and self.redis):
            raise no_response()
        info = EgressInfo(egress_id=new_id("EG_"), room_id=room.sid, room_name=room.name)
        match request:
            case api.ParticipantEgressRequest():
                info.participant.CopyFrom(request)
            case api.RoomCompositeEgressRequest():
                info.room_composite.CopyFrom(request)
            case api.TrackCompositeEgressRequest():
                info.track_composite.CopyFrom(request)
            case _:
                info.track.CopyFrom(request)
        info.started_at = info.updated_at = self._nanoseconds()
        for output in getattr(request, "stream_outputs", ()):
            info.stream_results.extend(api.StreamInfo(url=url) for url in output.urls)
        self.all[info.egress_id] = info
        self._webhooks.tell(WebhookEvent(event="egress_started", egress_info=info))
        self._clock.later(ACTIVE_AFTER_SECONDS, lambda: self._activate(info))
        return info

    def list_egress(self, request: api.ListEgressRequest, claims: Claims | None) -> api.ListEgressResponse:
        need(claims, "roomRecord")
        self._needs_redis()
        if request.egress_id:
            return api.ListEgressResponse(items=[self._get(request.egress_id)])
        found = [
            info
            for info in self.all.values()
            if request.room_name in ("", info.room_name) and (not request.active or info.status not in OVER)
        ]
        return api.ListEgressResponse(items=found)

    def stop_egress(self, request: api.StopEgressRequest, claims: Claims | None) -> EgressInfo:
        need(claims, "roomRecord")
        self._needs_redis()
        info = self._get(request.egress_id)
        if info.status not in RUNNING:
            status = EgressStatus.Name(info.status)
            # Of all errors of the API only this one is Twirp's own.
            error = from_behind("failed_precondition", "")
            error.message = f"egress with status {status} cannot be stopped"
            raise error
        if not self.service_is_there:
            raise from_behind("deadline_exceeded", "request timed out")
        self.end(info)
        return info

    def fail(self, egress_id: str, text: str = "Start signal not received") -> None:
        """Its pipeline broke."""
        info = self.all[egress_id]
        info.error = text
        self._finish(info, EgressStatus.EGRESS_FAILED)

    def end(self, info: EgressInfo) -> None:
        info.status, info.updated_at = EgressStatus.EGRESS_ENDING, self._nanoseconds()
        self._webhooks.tell(WebhookEvent(event="egress_updated", egress_info=info))
        self._clock.later(ENDED_AFTER_SECONDS, lambda: self._finish(info, EgressStatus.EGRESS_COMPLETE))

    def _activate(self, info: EgressInfo) -> None:
        if info.status == EgressStatus.EGRESS_STARTING:
            info.status, info.updated_at = EgressStatus.EGRESS_ACTIVE, self._nanoseconds()
            self._webhooks.tell(WebhookEvent(event="egress_updated", egress_info=info))

    def _finish(self, info: EgressInfo, status: EgressStatus) -> None:
        if info.status not in OVER:
            info.status = status
            info.ended_at = info.updated_at = self._nanoseconds()
            self._webhooks.tell(WebhookEvent(event="egress_ended", egress_info=info))

    def _room_closed(self, name: str) -> None:
        for info in self.all.values():
            if info.room_name == name and info.status in RUNNING:
                self.end(info)

    def _somebody_left(self, room: str, identity: str) -> None:
        """A participant's egress ends with the participant."""
        for info in self.all.values():
            if info.room_name == room and info.participant.identity == identity and info.status in RUNNING:
                self.end(info)

    def _get(self, egress_id: str) -> EgressInfo:
        if egress_id not in self.all:
            raise from_behind("not_found", "egress does not exist")
        return self.all[egress_id]

    def _needs_redis(self) -> None:
        if not self.redis:
            raise from_behind("internal", "egress not connected (redis required)")

    def _nanoseconds(self) -> int:
        return self._clock.milliseconds() * 1_000_000
