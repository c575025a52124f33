"""Pages of those who go live: preparing a stream, and its studio."""

import uuid
from dataclasses import asdict
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_GET, require_POST

from accounts.errors import EmailUnconfirmed
from accounts.models import User
from core.errors import DomainError, RateLimited
from core.limits import take
from streams.access import go_live_refusal, is_creator
from streams.api.serializers import StreamCardOut, StreamOut
from streams.encoders.selectors import encoder_was_last
from streams.models import EndReason, MediaState, Stream
from streams.selectors import stream_get_for, stream_view, streams_running
from streams.services import DESCRIPTION_MAX, TAG_MAX, TAGS_MAX, TITLE_MAX
from streams.summary import stream_summary
from streams.viewers import viewer_from_request

NETWORK_TEST_BYTES = 768 * 1024


@login_required
@ensure_csrf_cookie
@require_GET
def go_live(request: HttpRequest) -> HttpResponse:
    """Title, picture and devices before a stream. Queries: 3, besides those of the frame."""
    user = request.user
    assert isinstance(user, User)
    running = [stream_view(stream) for stream in streams_running(creator=user)]
    refusal = go_live_refusal(user)
    props: dict[str, Any] = {
        "email_confirmed": not isinstance(refusal, EmailUnconfirmed),
        "refusal": refusal and refusal.as_dict(),
        "running": StreamCardOut(running, many=True).data,
        "streams_most": settings.STREAMS_PER_CREATOR,
        "limits": {
            "title": TITLE_MAX,
            "description": DESCRIPTION_MAX,
            "tags": TAGS_MAX,
            "tag": TAG_MAX,
            "thumbnail_bytes": settings.THUMBNAIL_MAX_BYTES,
            "network_test_bytes": NETWORK_TEST_BYTES,
        },
    }
    return render(request, "creator/go_live.html", {"props": props})


@login_required
@ensure_csrf_cookie
@require_GET
def studio(request: HttpRequest, stream_id: uuid.UUID) -> HttpResponse:
    """The creator's own view of a stream, before, during and after it. To everybody else it does not exist."""
    stream = _own_stream(request, stream_id)
    assert stream.creator is not None, "it is whoever asks"
    props = {
        "stream": StreamOut(stream_view(stream)).data,
        "sending_elsewhere": not stream.is_over
        and (stream.media_state == MediaState.FLOWING or encoder_was_last(stream=stream)),
        "grace_seconds": settings.STREAM_GRACE_SECONDS,
        "channel_url": reverse("pages:channel", args=[stream.creator.username]),
        "links": {
            "signIn": f"{reverse('account_login')}?{urlencode({'next': request.path})}",
            "confirmEmail": reverse("account_email"),
        },
    }
    return render(request, "streams/studio.html", {"stream": stream, "props": props})


@login_required
@never_cache
@require_GET
def summary(request: HttpRequest, stream_id: uuid.UUID) -> HttpResponse:
    """What happened in a stream, for its creator, as JSON; ``refusal`` says why the next one has to wait.

    Queries: 3, and what may be asked of who goes live where staff ended it.
    """
    stream = _own_stream(request, stream_id)
    assert stream.creator is not None, "it is whoever asks"
    refusal = go_live_refusal(stream.creator) if stream.end_reason == EndReason.STAFF else None
    return JsonResponse(asdict(stream_summary(stream=stream)) | {"refusal": refusal and refusal.as_dict()})


@require_POST
def network_test(request: HttpRequest) -> HttpResponse:
    """Take bytes and forget them: the page measures how fast they went up."""
    if not request.user.is_authenticated:
        return HttpResponse(status=401)
    try:
        take(bucket="network_test", key=str(request.user.pk), limit=10, window_seconds=60)
    except RateLimited as limited:
        return HttpResponse(status=429, headers={"Retry-After": str(limited.details["retry_after_seconds"])})
    while request.read(64 * 1024):
        pass
    return HttpResponse(status=204)


def _own_stream(request: HttpRequest, stream_id: uuid.UUID) -> Stream:
    """The caller's stream. Queries: 1. Raises: Http404, also for streams of others."""
    viewer = viewer_from_request(request)
    try:
        stream = stream_get_for(viewer=viewer, stream_id=stream_id)
    except DomainError:
        raise Http404 from None
    if not is_creator(viewer, stream):
        raise Http404
    return stream
