"""Doors to streams: preparing, changing, ending, listing."""

import uuid
from typing import Any

from django.core.cache import cache
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.requests import SignedInRequest
from accounts.errors import EmailUnconfirmed
from accounts.selectors import user_get
from core.api.idempotent import idempotent
from core.api.pagination import CursorPagination, PageIn
from core.api.parsers import JSONParser, MultiPartParser
from core.api.views import ApiView, SignedInApiView
from core.errors import Forbidden, NotFound
from streams import services
from streams.access import Action, is_creator, require
from streams.api import examples
from streams.api.serializers import (
    StreamCardOut,
    StreamCreatedOut,
    StreamCreateIn,
    StreamIn,
    StreamOut,
    StreamPageOut,
    ThumbnailIn,
)
from streams.errors import BadImage, StreamOver, TooManyStreams
from streams.models import EndReason, Stream
from streams.selectors import (
    CACHE_SECONDS,
    stream_get_for,
    stream_view,
    stream_view_for,
    streams_live,
    streams_of,
)
from streams.stopping import stream_stop_by_staff
from streams.thumbnails import make_variants, thumbnail_set
from streams.viewers import viewer_from_request


class StreamCreateView(SignedInApiView):
    throttle_bucket = "create"
    parser_classes = (JSONParser, MultiPartParser)
    errors = (EmailUnconfirmed, TooManyStreams)

    @extend_schema(
        operation_id="stream_create",
        request=StreamCreateIn,
        responses={201: StreamCreatedOut},
        examples=examples.CREATE,
    )
    @idempotent
    def post(self, request: SignedInRequest) -> Response:
        """Prepare a stream. It goes live when pictures arrive."""
        body = StreamCreateIn(data=request.data)
        body.is_valid(raise_exception=True)
        fields: dict[str, Any] = dict(body.validated_data)
        upload = fields.pop("thumbnail", None)
        image = upload.read() if upload else None
        if image is not None:
            make_variants(image)  # a picture that will not do is said before anything is made
        stream, stream_key = services.stream_create(creator=request.user, **fields)
        if image is not None:
            thumbnail_set(stream_id=stream.pk, image=image, chosen=True)
            stream.refresh_from_db()
        return Response({**StreamOut(stream_view(stream)).data, "stream_key": stream_key}, status=201)


class StreamView(ApiView):
    errors = (NotFound, Forbidden, StreamOver, EmailUnconfirmed)

    def get_permissions(self) -> list[BasePermission]:
        return [IsAuthenticated()] if self.request.method == "PATCH" else []

    @extend_schema(operation_id="stream_get", responses=StreamOut, examples=examples.STREAM)
    def get(self, request: Request, stream_id: uuid.UUID) -> Response:
        """One stream, at most two seconds old."""
        view = stream_view_for(viewer=viewer_from_request(request), stream_id=stream_id)
        return Response(StreamOut(view).data)

    @extend_schema(operation_id="stream_update", request=StreamIn, responses=StreamOut)
    def patch(self, request: Request, stream_id: uuid.UUID) -> Response:
        """Change what is given; the rest stays."""
        body = StreamIn(data=request.data, partial=True)
        body.is_valid(raise_exception=True)
        stream = own_stream(request, stream_id)
        stream = services.stream_update(stream_id=stream.pk, **body.validated_data)
        return Response(StreamOut(stream_view(stream)).data)


class StreamThumbnailView(SignedInApiView):
    throttle_bucket = "upload"
    parser_classes = (MultiPartParser,)
    errors = (NotFound, Forbidden, StreamOver, EmailUnconfirmed, BadImage)

    @extend_schema(operation_id="stream_thumbnail", request=ThumbnailIn, responses=StreamOut)
    def post(self, request: Request, stream_id: uuid.UUID) -> Response:
        """Choose the stream's picture; it is cropped to 16:9 and kept in three sizes."""
        body = ThumbnailIn(data=request.data)
        body.is_valid(raise_exception=True)
        stream = own_stream(request, stream_id)
        thumbnail_set(stream_id=stream.pk, image=body.validated_data["image"].read(), chosen=True)
        stream.refresh_from_db()
        return Response(StreamOut(stream_view(stream)).data)


class StreamEndView(SignedInApiView):
    throttle_bucket = "end"
    errors = (NotFound, Forbidden)

    @extend_schema(operation_id="stream_end", request=None, responses=StreamOut)
    def post(self, request: Request, stream_id: uuid.UUID) -> Response:
        """End the stream for everybody. Ending an ended stream answers the same."""
        viewer = viewer_from_request(request)
        stream = stream_get_for(viewer=viewer, stream_id=stream_id)
        require(viewer=viewer, stream=stream, action=Action.STOP)
        if is_creator(viewer, stream):
            services.stream_end(stream_id=stream.pk, reason=EndReason.CREATOR)
        else:
            assert viewer.user is not None
            stream_stop_by_staff(stream_id=stream.pk, by=viewer.user)
        stream.refresh_from_db()
        return Response(StreamOut(stream_view(stream)).data)


class LiveStreamsView(ApiView):
    @extend_schema(
        operation_id="streams_live", parameters=[PageIn], responses=StreamPageOut, examples=examples.CARDS
    )
    def get(self, request: Request) -> Response:
        """Public streams that are on, most viewers first; the first page is at most two seconds old."""
        asked = PageIn.of(request)
        if "cursor" in asked.validated_data:
            return Response(stream_page(CursorPagination(), streams_live(), request))
        key = f"live:{request.get_host()}:{asked.validated_data.get('limit')}"
        page = cache.get(key)
        if page is None:
            page = stream_page(CursorPagination(), streams_live(), request)
            cache.set(key, page, timeout=CACHE_SECONDS)
        return Response(page)


class CreatorStreamsView(ApiView):
    errors = (NotFound,)

    @extend_schema(operation_id="streams_of_creator", parameters=[PageIn], responses=StreamPageOut)
    def get(self, request: Request, user_id: uuid.UUID) -> Response:
        """A creator's streams that you may find, newest first."""
        streams = streams_of(viewer=viewer_from_request(request), creator=user_get(user_id=user_id))
        return Response(stream_page(CursorPagination(), streams, request))


def own_stream(request: Request, stream_id: uuid.UUID) -> Stream:
    """A stream that the caller may change now. Queries: 2."""
    viewer = viewer_from_request(request)
    stream = stream_get_for(viewer=viewer, stream_id=stream_id)
    require(viewer=viewer, stream=stream, action=Action.PUBLISH)
    return stream


def stream_page(paginator: CursorPagination, streams: QuerySet[Stream], request: Request) -> dict[str, Any]:
    """A page of cards. Queries: 1."""
    rows = paginator.paginate_queryset(streams, request)
    cards = StreamCardOut([stream_view(stream) for stream in rows], many=True).data
    return {"next": paginator.get_next_link(), "previous": paginator.get_previous_link(), "results": cards}
