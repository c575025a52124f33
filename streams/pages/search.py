"""The page that finds streams and people."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from accounts.models import User
from accounts.search import users_search
from core.api.pagination import CursorPagination
from core.api.throttling import limited
from core.errors import InvalidInput
from core.search import TEXT_MAX
from streams.api.search import SearchIn
from streams.search import Wanted, streams_search
from streams.selectors import stream_view
from streams.viewers import Viewer, viewer_from_request

PEOPLE_MOST = 6


@require_safe
@limited("search")
def search(request: HttpRequest) -> HttpResponse:
    """What the API finds, as a page; without words, the most watched. Queries: 2; 1 without words."""
    said = {name: value for name, value in request.GET.dict().items() if value.strip()}
    asked = SearchIn(data=said)
    wanted = (
        asked.wanted() if asked.is_valid() else Wanted(text=said.get("q", "")[:TEXT_MAX].replace("\0", " "))
    )
    viewer = viewer_from_request(request)
    streams = streams_search(viewer=viewer, wanted=wanted)
    paginator = CursorPagination()
    try:
        rows = paginator.paginate_queryset(streams, Request(request))
    except (InvalidInput, ValidationError):
        rows = []
    first_page = "cursor" not in request.GET
    context = {
        "asked": bool(wanted.text or wanted.tag or wanted.near),
        "text": wanted.text,
        "status": wanted.status,
        "people": _people(viewer, wanted.text) if first_page else [],
        "streams": [stream_view(row) for row in rows],
        "next": paginator.get_next_link() if rows else None,
    }
    return render(request, "search/search.html", context)


def _people(viewer: Viewer, text: str) -> list[User]:
    return list(users_search(viewer=viewer.user, text=text)[:PEOPLE_MOST]) if text else []
