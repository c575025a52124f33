"""Doors to watching and broadcasting: what opens the room, the pictures and the ingest."""

import uuid
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.errors import EmailUnconfirmed
from accounts.selectors import blocked_either_way
from core.api.views import ApiView, SignedInApiView
from core.clients import request_address
from core.errors import Forbidden, NotFound
from streams.access import Action, Admission, come_in, require
from streams.api import examples
from streams.api.serializers import (
    BroadcastTokenOut,
    IngestOut,
    JoinIn,
    JoinOut,
    LeaveIn,
    LeavingIn,
    PlaybackOut,
    RoomOut,
    StreamOut,
    ViewersOut,
    ViewerTokenIn,
    ViewerTokenOut,
)
from streams.errors import FollowersOnly, StreamOver
from streams.media import backend
from streams.media.errors import MediaAway, MediaFull, SentElsewhere
from streams.media.port import Ingest, RoomToken
from streams.selectors import stream_get_for, stream_view_for
from streams.sessions import session_leave
from streams.viewers import session_id, viewer_from_request
from streams.visits import visit_of
from streams.watching import admitted, person_of, playback, stream_enter

NO_STORE = {"Cache-Control": "no-store"}


class JoinView(ApiView):
    throttle_bucket = "join"
    errors = (NotFound, Forbidden, FollowersOnly, StreamOver)

    @extend_schema(
        operation_id="stream_join",
        request=JoinIn,
        responses=JoinOut,
        examples=examples.JOIN,
        parameters=[
            OpenApiParameter("as", enum=["viewer", "studio"], description="Studios do not count as viewers.")
        ],
    )
    def post(self, request: Request, stream_id: uuid.UUID) -> Response:
        """Ask for a pass into the room and a place to watch; once before every connect."""
        body = JoinIn(data=request.data)
        body.is_valid(raise_exception=True)
        person = person_of(request, leaving=body.validated_data.get("leaving", ""))
        viewer = viewer_from_request(request)
        view = stream_view_for(viewer=viewer, stream_id=stream_id)
        entry = stream_enter(
            viewer=viewer,
            stream=view,
            person=person,
            visit=visit_of(request._request, referrer=body.validated_data.get("referrer", "")),
            wanted=body.validated_data.get("kind"),
            watches_already=body.validated_data.get("watches_already", False),
            as_studio=request.query_params.get("as") == "studio",
            address=request_address(request._request),
        )
        answer = {
            "session_id": entry.session_id,
            "ws_url": f"/ws/streams/{stream_id}/?pass={entry.join_pass}",
            "playback": PlaybackOut(entry.playback).data if entry.playback else None,
            "admission": _admission(entry.admission),
            "stream": StreamOut(view).data,
            "hidden_people": list(blocked_either_way(viewer.user)) if viewer.user else [],
        }
        return Response(answer, headers=NO_STORE)


class LeaveView(ApiView):
    errors = (NotFound,)

    @extend_schema(operation_id="stream_leave", request=LeaveIn, responses={204: None})
    def post(self, request: Request, stream_id: uuid.UUID) -> Response:
        """Say goodbye; only needed by clients that hold no room socket."""
        body = LeaveIn(data=request.data)
        body.is_valid(raise_exception=True)
        own = session_id(stream_id=stream_id, viewer_id=viewer_from_request(request).viewer_id)
        if body.validated_data["session_id"] != own:
            raise NotFound()
        session_leave(stream_id=stream_id, session=own)
        return Response(status=204)


class ViewerTokenView(ApiView):
    throttle_bucket = "token"
    errors = (NotFound, Forbidden, FollowersOnly, StreamOver, MediaFull)

    @extend_schema(
        operation_id="stream_token",
        parameters=[ViewerTokenIn],
        responses=ViewerTokenOut,
        examples=examples.TOKEN,
    )
    def get(self, request: Request, stream_id: uuid.UUID) -> Response:
        """Where to watch, once before every connect; `playback` is null until there are pictures."""
        asked = ViewerTokenIn.of(request).validated_data
        person = person_of(request, leaving=asked.get("leaving", ""))
        viewer = viewer_from_request(request)
        view = stream_view_for(viewer=viewer, stream_id=stream_id)
        admission = come_in(viewer=viewer, stream=view, address=request_address(request._request))
        source = playback(stream=view, person=admitted(person, admission), wanted=asked.get("kind"))
        answer = {
            "playback": PlaybackOut(source).data if source else None,
            "expires_at": source.expires_at if source else None,
            "token": source.token if source else None,
            "wsUrl": source.url if source and source.token else None,
            "admission": _admission(admission),
        }
        return Response(answer, headers=NO_STORE)


class BroadcastTokenView(SignedInApiView):
    throttle_bucket = "token"
    errors = (NotFound, Forbidden, StreamOver, EmailUnconfirmed, MediaAway, SentElsewhere)

    @extend_schema(
        operation_id="stream_broadcast_token",
        parameters=[LeavingIn],
        responses=BroadcastTokenOut,
        examples=examples.BROADCAST_TOKEN,
    )
    def get(self, request: Request, stream_id: uuid.UUID) -> Response:
        """Where the studio sends its pictures, once before every connect: to `ingest`, or into `room`."""
        leaving = LeavingIn.of(request).validated_data.get("leaving", "")
        person = person_of(request, leaving=leaving)
        viewer = viewer_from_request(request)
        stream = stream_get_for(viewer=viewer, stream_id=stream_id)
        require(viewer=viewer, stream=stream, action=Action.PUBLISH)
        given = backend().broadcaster_credentials(stream_id=stream.pk, person=person)
        answer = {
            "ingest": IngestOut(given).data if isinstance(given, Ingest) else None,
            "room": RoomOut(given).data if isinstance(given, RoomToken) else None,
            "expires_at": given.expires_at,
            "token": given.token if isinstance(given, RoomToken) else None,
            "wsUrl": given.url if isinstance(given, RoomToken) else None,
        }
        return Response(answer, headers=NO_STORE)


class ViewersView(ApiView):
    errors = (NotFound,)

    @extend_schema(operation_id="stream_viewers", responses=ViewersOut)
    def get(self, request: Request, stream_id: uuid.UUID) -> Response:
        """How many watch, watched at most at once, and have watched."""
        return Response(stream_view_for(viewer=viewer_from_request(request), stream_id=stream_id).viewers)


def _admission(admission: Admission | None) -> dict[str, Any] | None:
    return {"preview_ends_at": admission.preview_ends_at} if admission else None
