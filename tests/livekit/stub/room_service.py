"""The API of rooms. Source: pkg/service/roomservice.go of livekit-server 1.11.0."""

from livekit.protocol import room as api
from livekit.protocol.models import DisconnectReason, ParticipantInfo, Room

from tests.livekit.stub.grants import Claims
from tests.livekit.stub.rooms import Member, Rooms
from tests.livekit.stub.twirp import Route, TwirpError, from_behind, no_response

NONCE_BYTES = 16


class RoomService:
    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        self.unmute_allowed = False

    @property
    def routes(self) -> dict[str, Route]:
        return {
            "CreateRoom": Route(api.CreateRoomRequest, self.create_room),
            "ListRooms": Route(api.ListRoomsRequest, self.list_rooms),
            "DeleteRoom": Route(api.DeleteRoomRequest, self.delete_room),
            "ListParticipants": Route(api.ListParticipantsRequest, self.list_participants),
            "GetParticipant": Route(api.RoomParticipantIdentity, self.get_participant),
            "RemoveParticipant": Route(api.RoomParticipantIdentity, self.remove_participant),
            "MutePublishedTrack": Route(api.MuteRoomTrackRequest, self.mute_published_track),
            "UpdateParticipant": Route(api.UpdateParticipantRequest, self.update_participant),
            "UpdateSubscriptions": Route(api.UpdateSubscriptionsRequest, self.update_subscriptions),
            "UpdateRoomMetadata": Route(api.UpdateRoomMetadataRequest, self.update_room_metadata),
            "SendData": Route(api.SendDataRequest, self.send_data),
        }

    def create_room(self, request: api.CreateRoomRequest, claims: Claims | None) -> Room:
        need(claims, "roomCreate")
        room = self._rooms.open(
            request.name,
            empty=request.empty_timeout,
            departure=request.departure_timeout,
            people=request.max_participants,
            metadata=request.metadata,
        )
        return room.info

    def list_rooms(self, request: api.ListRoomsRequest, claims: Claims | None) -> api.ListRoomsResponse:
        need(claims, "roomList")
        wanted = set(request.names)
        rooms = [room for name, room in self._rooms.stored.items() if not wanted or name in wanted]
        return api.ListRoomsResponse(rooms=rooms)

    def delete_room(self, request: api.DeleteRoomRequest, claims: Claims | None) -> api.DeleteRoomResponse:
        need(claims, "roomCreate")
        self._must_be_stored(request.room)
        self._rooms.delete(request.room)
        return api.DeleteRoomResponse()

    def list_participants(
        self, request: api.ListParticipantsRequest, claims: Claims | None
    ) -> api.ListParticipantsResponse:
        """Of a room that is not there too: nobody."""
        need_admin(claims, request.room)
        people = self._rooms.stored_people.get(request.room, {})
        return api.ListParticipantsResponse(participants=people.values())

    def get_participant(self, request: api.RoomParticipantIdentity, claims: Claims | None) -> ParticipantInfo:
        need_admin(claims, request.room)
        return self._stored(request.room, request.identity)

    def remove_participant(
        self, request: api.RoomParticipantIdentity, claims: Claims | None
    ) -> api.RemoveParticipantResponse:
        need_admin(claims, request.room)
        self._stored(request.room, request.identity)
        member = self._live(request.room, request.identity)
        self._rooms.remove(member, DisconnectReason.PARTICIPANT_REMOVED)
        return api.RemoveParticipantResponse()

    def mute_published_track(
        self, request: api.MuteRoomTrackRequest, claims: Claims | None
    ) -> api.MuteRoomTrackResponse:
        need_admin(claims, request.room)
        member = self._live(request.room, request.identity)
        if not request.muted and not self.unmute_allowed:
            raise from_behind("failed_precondition", "remote unmute not enabled")
        track = self._rooms.mute(member, request.track_sid, muted=request.muted)
        return api.MuteRoomTrackResponse(track=track)

    def update_participant(
        self, request: api.UpdateParticipantRequest, claims: Claims | None
    ) -> ParticipantInfo:
        need_admin(claims, request.room)
        self._stored(request.room, request.identity)
        member = self._live(request.room, request.identity)
        self._rooms.update(
            member, name=request.name, metadata=request.metadata, attributes=dict(request.attributes)
        )
        if request.HasField("permission"):
            self._rooms.permit(member, request.permission)
        return member.info

    def update_subscriptions(
        self, request: api.UpdateSubscriptionsRequest, claims: Claims | None
    ) -> api.UpdateSubscriptionsResponse:
        """Taken, and nothing changes; of somebody whom no node has, not even that."""
        need_admin(claims, request.room)
        self._live(request.room, request.identity)
        return api.UpdateSubscriptionsResponse()

    def update_room_metadata(self, request: api.UpdateRoomMetadataRequest, claims: Claims | None) -> Room:
        need_admin(claims, request.room)
        self._must_be_stored(request.room)
        if request.room not in self._rooms.live:
            raise no_response()
        room = self._rooms.live[request.room]
        self._rooms.set_metadata(room, request.metadata)
        return room.info

    def send_data(self, request: api.SendDataRequest, claims: Claims | None) -> api.SendDataResponse:
        """Taken, and delivered to nobody."""
        need_admin(claims, request.room)
        if request.nonce and len(request.nonce) != NONCE_BYTES:
            text = f"nonce should be 16-bytes or not present, got: {len(request.nonce)} bytes"
            raise TwirpError("invalid_argument", text)
        if request.room not in self._rooms.live:
            raise no_response()
        return api.SendDataResponse()

    def _must_be_stored(self, room: str) -> None:
        if room not in self._rooms.stored:
            raise from_behind("not_found", "requested room does not exist")

    def _stored(self, room: str, identity: str) -> ParticipantInfo:
        try:
            return self._rooms.stored_people[room][identity]
        except KeyError:
            raise from_behind("not_found", "participant does not exist") from None

    def _live(self, room: str, identity: str) -> Member:
        """Ghosts that only the store knows answer to nothing."""
        try:
            return self._rooms.live[room].members[identity]
        except KeyError:
            raise no_response() from None


def need(claims: Claims | None, grant: str) -> None:
    if claims is None or not claims.may(grant):
        raise TwirpError("unauthenticated", "permissions denied")


def need_admin(claims: Claims | None, room: str) -> None:
    need(claims, "roomAdmin")
    if claims is None or claims.room != room:
        raise TwirpError("unauthenticated", "permissions denied")
