"""The doors that clients written after the LiveKit guide expect: other names for the same services, in camelCase."""

from collections.abc import Mapping
from math import ceil
from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.requests import SignedInRequest
from accounts.errors import EmailUnconfirmed
from accounts.selectors import profile_get
from core.api.idempotent import idempotent
from core.api.serializers import QueryIn
from core.api.views import ApiView, SignedInApiView
from core.clients import request_address
from core.errors import Forbidden, InvalidInput, NotFound, NotSignedIn, NotSupported
from streams import services
from streams.access import Action, come_in, require
from streams.api import examples
from streams.api.serializers import StreamIn
from streams.errors import FollowersOnly, MatureGate, NotApproved, StreamOver, TooManyStreams, TooYoung
from streams.guide import WhichStream, stream_id_of_room, stream_of_switch, stream_switch_off
from streams.media import backend
from streams.media.errors import MediaAway, MediaFull
from streams.media.port import Ingest, Person
from streams.models import Stream, StreamStatus
from streams.search import KM, Near, Wanted, streams_search
from streams.selectors import StreamView, stream_get_for, stream_view, stream_view_for
from streams.services import DESCRIPTION_MAX
from streams.viewers import viewer_from_request
from streams.visits import visit_of
from streams.watching import admitted, person_of, stream_enter

NO_STORE = {"Cache-Control": "no-store"}
SEARCH_LIMIT_MAX = 50
GO_LIVE_ERRORS = (EmailUnconfirmed, TooYoung, NotApproved)


class GuideTokenIn(serializers.Serializer[object]):
    roomName = serializers.CharField(max_length=60, help_text="A stream's `room_name`.")
    role = serializers.ChoiceField(choices=["broadcaster", "viewer"])


class GuideTokenOut(serializers.Serializer[object]):
    token = serializers.CharField(help_text="Good for one connect, soon; with LiveKit, one of its tokens.")
    wsUrl = serializers.CharField(
        help_text="What to connect to: LiveKit, else a socket of ours with the token in it."
    )
    playbackUrl = serializers.CharField(
        required=False, allow_null=True, help_text="For viewers: HLS; null until there are pictures."
    )


class GuideStreamIn(serializers.Serializer[object]):
    title = StreamIn().fields["title"]
    description = serializers.CharField(
        required=False,
        allow_blank=True,
        trim_whitespace=False,
        help_text=f"At most {DESCRIPTION_MAX:,} characters.",
    )


class GuideStreamOut(serializers.Serializer[object]):
    id = serializers.UUIDField()
    slug = serializers.CharField(help_text="The creator's username.")
    title = serializers.CharField()
    roomName = serializers.CharField()
    active = serializers.BooleanField(help_text="Pictures are on air.")


class GuideStreamCreatedOut(GuideStreamOut):
    streamKey = serializers.CharField(
        allow_null=True, help_text="In full at the one time it is made; null ever after."
    )


class GuideSwitchIn(serializers.Serializer[object]):
    active = serializers.BooleanField()


class GuideSwitchOut(serializers.Serializer[object]):
    id = serializers.UUIDField()
    active = serializers.BooleanField()
    state = serializers.ChoiceField(choices=["starting", "live", "ended"])


class GuideSearchIn(serializers.Serializer[object]):
    """Either a ``slug``, or a place."""

    slug = serializers.CharField(required=False, max_length=150)
    longitude = serializers.FloatField(required=False, min_value=-180, max_value=180)
    latitude = serializers.FloatField(required=False, min_value=-90, max_value=90)
    page = serializers.IntegerField(required=False, default=1, min_value=1, max_value=1000)
    limit = serializers.IntegerField(required=False, default=20, min_value=1, max_value=SEARCH_LIMIT_MAX)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("longitude" in attrs) != ("latitude" in attrs):
            raise serializers.ValidationError("Give longitude and latitude together.")
        if ("slug" in attrs) == ("latitude" in attrs):
            raise serializers.ValidationError("Give either a slug, or longitude and latitude.")
        return attrs


class GuideFoundOut(GuideStreamOut):
    description = serializers.CharField()
    viewerCount = serializers.IntegerField()
    startedAt = serializers.DateTimeField(allow_null=True)
    thumbnailUrl = serializers.CharField(allow_null=True)


class GuideSearchOut(serializers.Serializer[object]):
    streams = GuideFoundOut(many=True)
    total = serializers.IntegerField()
    totalPages = serializers.IntegerField()


class GuideRoomIn(QueryIn):
    roomName = serializers.CharField(max_length=60)


class GuideCountOut(serializers.Serializer[object]):
    roomName = serializers.CharField()
    viewerCount = serializers.IntegerField()


class GuideTokenView(ApiView):
    throttle_bucket = "token"
    errors = (
        NotFound,
        NotSignedIn,
        Forbidden,
        FollowersOnly,
        MatureGate,
        StreamOver,
        MediaAway,
        MediaFull,
        *GO_LIVE_ERRORS,
    )

    @extend_schema(
        operation_id="guide_token",
        request=GuideTokenIn,
        responses=GuideTokenOut,
        examples=examples.GUIDE_TOKEN,
    )
    def post(self, request: Request) -> Response:
        """A pass into a room, as its broadcaster or to watch."""
        body = GuideTokenIn(data=request.data)
        body.is_valid(raise_exception=True)
        stream_id = stream_id_of_room(room_name=body.validated_data["roomName"])
        person, viewer = person_of(request), viewer_from_request(request)
        if body.validated_data["role"] == "viewer":
            answer = _viewer_token(request, person, stream_view_for(viewer=viewer, stream_id=stream_id))
        else:
            stream = stream_get_for(viewer=viewer, stream_id=stream_id)
            if viewer.user is None:
                raise NotSignedIn()
            require(viewer=viewer, stream=stream, action=Action.PUBLISH)
            answer = _broadcaster_token(request, person, stream)
        return Response(answer, headers=NO_STORE)


class GuideCreateView(SignedInApiView):
    throttle_bucket = "create"
    errors = (*GO_LIVE_ERRORS, TooManyStreams)

    @extend_schema(
        operation_id="guide_create",
        request=GuideStreamIn,
        responses={201: GuideStreamCreatedOut},
        examples=examples.GUIDE_CREATE,
    )
    @idempotent
    def post(self, request: SignedInRequest) -> Response:
        """Prepare a stream. It is active once pictures arrive."""
        body = GuideStreamIn(data=request.data)
        body.is_valid(raise_exception=True)
        stream, stream_key = services.stream_create(creator=request.user, **body.validated_data)
        return Response({**_guide_stream(stream), "streamKey": stream_key}, status=201, headers=NO_STORE)


class GuideSwitchView(SignedInApiView):
    throttle_bucket = "end"
    errors = (NotFound, WhichStream)

    @extend_schema(
        operation_id="guide_switch",
        request=GuideSwitchIn,
        responses=GuideSwitchOut,
        examples=examples.GUIDE_SWITCH,
    )
    def post(self, request: SignedInRequest) -> Response:
        """Your stream on air or not: `false` ends it; `true` says whether pictures have arrived."""
        body = GuideSwitchIn(data=request.data)
        body.is_valid(raise_exception=True)
        if not body.validated_data["active"]:
            stream = stream_switch_off(creator=request.user)
            return Response({"id": stream.pk, "active": False, "state": "ended"})
        stream = stream_of_switch(creator=request.user)
        active = stream.status == StreamStatus.LIVE
        return Response({"id": stream.pk, "active": active, "state": "live" if active else "starting"})


class GuideSearchView(ApiView):
    throttle_bucket = "search"
    errors = (NotFound,)

    @extend_schema(
        operation_id="guide_search",
        request=GuideSearchIn,
        responses=GuideSearchOut,
        examples=examples.GUIDE_SEARCH,
    )
    def post(self, request: Request) -> Response:
        """Streams on air: a creator's by their `slug`, else those around a place, the nearest first."""
        body = GuideSearchIn(data=request.data)
        body.is_valid(raise_exception=True)
        asked: Mapping[str, Any] = body.validated_data
        near = Near(asked["latitude"], asked["longitude"], km=KM) if "latitude" in asked else None
        wanted = Wanted(status=StreamStatus.LIVE, near=near)
        found = streams_search(viewer=viewer_from_request(request), wanted=wanted)
        if "slug" in asked:
            found = found.filter(creator=profile_get(username=asked["slug"]))
        total, limit = found.count(), asked["limit"]
        first = (asked["page"] - 1) * limit
        return Response(
            {
                "streams": [_guide_found(stream) for stream in found[first : first + limit]],
                "total": total,
                "totalPages": ceil(total / limit),
            }
        )


class GuideViewerCountView(ApiView):
    errors = (NotFound, InvalidInput)

    @extend_schema(operation_id="guide_viewer_count", parameters=[GuideRoomIn], responses=GuideCountOut)
    def get(self, request: Request) -> Response:
        """How many watch now."""
        room_name = GuideRoomIn.of(request).validated_data["roomName"]
        stream_id = stream_id_of_room(room_name=room_name)
        view = stream_view_for(viewer=viewer_from_request(request), stream_id=stream_id)
        return Response({"roomName": room_name, "viewerCount": view.viewers["current"]})


@extend_schema_view(post=extend_schema(operation_id="guide_token_alias"))
class GuideTokenAliasView(GuideTokenView):
    """`/api/livekit/token`."""


@extend_schema_view(post=extend_schema(operation_id="guide_create_alias"))
class GuideCreateAliasView(GuideCreateView):
    """`/api/livestream`."""


def _viewer_token(request: Request, person: Person, stream: StreamView) -> dict[str, Any]:
    """A seat in LiveKit's room, also a little before the stream begins; with the relay, our room and its playlist."""
    viewer = viewer_from_request(request)
    address = request_address(request._request)
    person = admitted(person, come_in(viewer=viewer, stream=stream, address=address))
    try:
        seat = backend().viewer_credentials(stream_id=stream.id, person=person)
    except NotSupported:
        visit = visit_of(request._request)
        entry = stream_enter(viewer=viewer, stream=stream, person=person, visit=visit, address=address)
        return {
            "token": entry.join_pass,
            "wsUrl": _socket_url(request, f"/ws/streams/{stream.id}/?pass={entry.join_pass}"),
            "playbackUrl": request.build_absolute_uri(entry.playback.url) if entry.playback else None,
        }
    return {"token": seat.token, "wsUrl": seat.url, "playbackUrl": None}


def _broadcaster_token(request: Request, person: Person, stream: Stream) -> dict[str, Any]:
    given = backend().broadcaster_credentials(stream_id=stream.pk, person=person)
    if isinstance(given, Ingest):
        return {"token": given.url.partition("?pass=")[2], "wsUrl": _socket_url(request, given.url)}
    return {"token": given.token, "wsUrl": given.url}


def _socket_url(request: Request, path: str) -> str:
    return "ws" + request.build_absolute_uri(path).removeprefix("http")


def _guide_stream(stream: Stream) -> dict[str, Any]:
    return {
        "id": stream.pk,
        "slug": stream.creator.username if stream.creator else "deleted",
        "title": stream.title,
        "roomName": stream.room_name,
        "active": stream.status == StreamStatus.LIVE,
    }


def _guide_found(stream: Stream) -> dict[str, Any]:
    view = stream_view(stream)
    return _guide_stream(stream) | {
        "description": stream.description,
        "viewerCount": stream.viewers_current,
        "startedAt": stream.started_at,
        "thumbnailUrl": view.thumbnail["medium"] if view.thumbnail else None,
    }
