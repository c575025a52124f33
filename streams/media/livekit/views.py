"""What the proxy asks before it lets anything through to LiveKit, and what LiveKit tells by itself."""

import logging

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from core.webhooks import webhook_answer
from streams.media.livekit.door import DoorShut, door_open
from streams.media.livekit.webhooks import webhook_receive
from streams.viewers import holders_shown

logger = logging.getLogger(__name__)


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
    authorization = request.headers.get("Authorization", "")
    return webhook_answer(
        request,
        lambda body: webhook_receive(body=body, authorization=authorization),
        expected=bool(settings.LIVEKIT_URL),
    )
