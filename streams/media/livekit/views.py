"""What the proxy asks before it lets anything through to LiveKit, and what LiveKit tells by itself."""

import logging

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from core.api.exceptions import MethodNotAllowed
from core.api.parsers import TooLarge
from core.errors import DomainError, NotFound
from streams.media.livekit.door import DoorShut, door_open
from streams.media.livekit.webhooks import webhook_receive
from streams.viewers import holders_shown

logger = logging.getLogger(__name__)

# The largest tell of an egress with all that was asked of it: some KB.
MOST_WEBHOOK_BYTES = 256 * 1024


@require_safe
def door(request: HttpRequest) -> HttpResponse:
    """200 with ``X-Door-Token``, or 403 with ``X-Door-Refusal``: nginx's ``auth_request`` knows nothing else."""
    try:
        token = door_open(
            method=request.headers.get("X-Original-Method", ""),
            uri=request.headers.get("X-Original-URI", ""),
            authorization=request.headers.get("Authorization", ""),
            holders=holders_shown(request),
        )
    except DoorShut as shut:
        logger.info("shut: %s", shut.code)
        answer = HttpResponse(status=403, headers={"X-Door-Refusal": shut.code, "Cache-Control": "no-store"})
        # Django would warn of each, without saying why.
        answer._has_been_logged = True  # type: ignore[attr-defined]
        return answer
    return HttpResponse(status=200, headers={"X-Door-Token": token, "Cache-Control": "no-store"})


@csrf_exempt
def webhook(request: HttpRequest) -> HttpResponse:
    """200 once the event is kept; anything but a refusal makes LiveKit send it again. 404 where LiveKit is not used."""
    try:
        if not settings.LIVEKIT_URL:
            raise NotFound()
        if request.method != "POST":
            raise MethodNotAllowed()
        body = request.read(MOST_WEBHOOK_BYTES + 1)
        if len(body) > MOST_WEBHOOK_BYTES:
            raise TooLarge(limit_bytes=MOST_WEBHOOK_BYTES)
        webhook_receive(body=body, authorization=request.headers.get("Authorization", ""))
    except DomainError as error:
        return JsonResponse(error.as_dict(), status=error.http_status, headers={"Cache-Control": "no-store"})
    return HttpResponse(status=200)
