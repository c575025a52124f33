"""Pages of those who watch: the grid of live streams, a creator's channel, and the stream itself."""

import uuid
from typing import Any

from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

from accounts.selectors import follower_count, follows, former_owner
from core.api.pagination import PAGE_SIZE
from core.errors import NotFound
from streams.access import is_creator
from streams.api.serializers import StreamCardOut, StreamOut
from streams.media import backend
from streams.models import OVER, EndReason, StreamStatus
from streams.selectors import (
    CACHE_SECONDS,
    StreamView,
    channel_get,
    stream_view,
    stream_view_for,
    streams_live,
)
from streams.viewers import Viewer, viewer_from_request

GRID_SIZE = PAGE_SIZE


@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """Who is on now. Queries: none on a cache hit, else 1; besides those of the frame."""
    views, has_more = _grid()
    page = {
        # The island asks for the rest itself; what it is shown again it leaves out.
        "next": reverse("api:streams_live") if has_more else None,
        "previous": None,
        "results": StreamCardOut(views, many=True).data,
    }
    return render(request, "live/grid.html", {"streams": views, "props": {"page": page}})


@ensure_csrf_cookie
@require_safe
def channel(request: HttpRequest, username: str) -> HttpResponse:
    """A creator: their newest live stream, or their profile while they are off. Queries: 4, or 6 signed in."""
    viewer = viewer_from_request(request)
    try:
        found = channel_get(viewer=viewer, username=username)
    except NotFound:
        if owner := former_owner(username=username):
            return redirect("pages:channel", owner.username, permanent=True)
        raise Http404 from None
    if found.live:
        follow = {"following": found.following, "followers": found.followers}
        return _stream_page(request, viewer, found.live[0], follow, also_live=found.live[1:])
    props = {
        "creatorId": str(found.user.pk),
        "following": found.following,
        "followers": found.followers,
        "isOwn": viewer.user_id == found.user.pk,
        "signInUrl": None if viewer.user else _sign_in_url(request),
    }
    board = {"username": found.user.username}
    return render(request, "live/channel.html", {"channel": found, "props": props, "board": board})


@ensure_csrf_cookie
@require_safe
def stream(request: HttpRequest, stream_id: uuid.UUID) -> HttpResponse:
    """One stream, before, during and after it. Queries: 2, or 3 signed in; the stream's own is saved by a cache hit."""
    viewer = viewer_from_request(request)
    try:
        view = stream_view_for(viewer=viewer, stream_id=stream_id)
    except NotFound:
        raise Http404 from None
    follow = {
        "following": viewer.user is not None
        and view.creator_id is not None
        and follows(follower_id=viewer.user.pk, creator_id=view.creator_id),
        "followers": follower_count(creator_id=view.creator_id) if view.creator_id else 0,
    }
    return _stream_page(request, viewer, view, follow, also_live=[])


def _stream_page(
    request: HttpRequest,
    viewer: Viewer,
    view: StreamView,
    follow: dict[str, Any],
    *,
    also_live: list[StreamView],
) -> HttpResponse:
    if view.end_reason == EndReason.STAFF and not is_creator(viewer, view) and not _is_staff(viewer):
        return render(request, "streams/stopped.html")
    props = {
        "stream": StreamOut(view).data,
        "poster": view.thumbnail["large"] if view.thumbnail else None,
        "usualKind": backend().usual_kind,
        "follow": follow,
        "isSignedIn": viewer.user is not None,
        "isOwn": is_creator(viewer, view),
        "links": {"signIn": _sign_in_url(request), "confirmEmail": reverse("account_email")},
    }
    context = {
        "stream": view,
        "is_live": view.status == StreamStatus.LIVE,
        "is_over": view.status in OVER,
        "also_live": also_live,
        "props": props,
    }
    return render(request, "streams/stream.html", context)


def _is_staff(viewer: Viewer) -> bool:
    return viewer.user is not None and viewer.user.is_staff


def _grid() -> tuple[list[StreamView], bool]:
    """The first page of the grid, at most two seconds old, and whether there are more."""
    grid: tuple[list[StreamView], bool] | None = cache.get("live-page")
    if grid is None:
        rows = [stream_view(row) for row in streams_live()[: GRID_SIZE + 1]]
        grid = rows[:GRID_SIZE], len(rows) > GRID_SIZE
        cache.set("live-page", grid, timeout=CACHE_SECONDS)
    return grid


def _sign_in_url(request: HttpRequest) -> str:
    return f"{reverse('account_login')}?{urlencode({'next': request.path})}"
