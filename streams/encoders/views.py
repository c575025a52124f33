"""``/whip``: where encoders knock. No cookies and no CSRF here, only the stream key, in the path or as a bearer."""

import hashlib
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from core.api.exceptions import MethodNotAllowed, UnsupportedMediaType
from core.api.parsers import TooLarge
from core.clients import network_of, request_address
from core.errors import DomainError, NotSupported
from core.limits import take
from streams.encoders.admission import encoder_creator
from streams.encoders.whip import FRAGMENT, OFFER, RETRY_SECONDS, whip_begin, whip_change, whip_end

# An offer with every codec of a browser has 10 KB.
MOST_BYTES = 64 * 1024
# A minute. An encoder asks once, and again when its line broke.
PER_KEY, PER_ADDRESS = 30, 120
# In a session's address, for the key that is shown as a bearer.
AS_BEARER = "-"
_METHODS = "POST, PATCH, DELETE, OPTIONS"


@csrf_exempt
def whip(request: HttpRequest, key: str = "", resource: str = "") -> HttpResponse:
    """Begin, change or end an encoder's session. Blocks while LiveKit answers, in this request's own thread."""
    try:
        answer = _answer(request, key, resource)
    except DomainError as error:
        answer = JsonResponse(error.as_dict(), status=error.http_status)
        wait = error.details.get("retry_after_seconds", RETRY_SECONDS if error.http_status == 503 else None)
        if wait is not None:
            answer["Retry-After"] = str(wait)
        if error.http_status == 401:
            answer["WWW-Authenticate"] = "Bearer"
        if error.http_status == 405:
            answer["Allow"] = _METHODS
    answer["Cache-Control"] = "no-store"
    return answer


def _answer(request: HttpRequest, key: str, resource: str) -> HttpResponse:
    if request.method == "OPTIONS":
        return HttpResponse(status=204, headers={"Allow": _METHODS, "Accept-Post": OFFER})
    handle = _HANDLERS.get((request.method or "", bool(resource)))
    if handle is None:
        raise MethodNotAllowed()
    if not settings.LIVEKIT_URL:
        raise NotSupported(what="encoders")
    shown = _bearer(request) if key in {"", AS_BEARER} else key
    network = network_of(request_address(request))
    take(bucket="whip-address", key=network, limit=PER_ADDRESS, window_seconds=60)
    digest = hashlib.sha256(shown.encode()).hexdigest()[:32]
    take(bucket="whip-key", key=digest, limit=PER_KEY, window_seconds=60)
    return handle(request, shown, key, resource)


def _post(request: HttpRequest, shown: str, key: str, resource: str) -> HttpResponse:
    offer = _body(request, OFFER)
    session = whip_begin(creator=encoder_creator(key=shown), offer=offer)
    answer = HttpResponse(session.answer.body, status=201, content_type=OFFER)
    answer["Location"] = f"/whip/{key or AS_BEARER}/{session.resource}"
    for name in ("ETag", "Link"):
        if value := ", ".join(session.answer.headers.getall(name, [])):
            answer[name] = value
    return answer


def _patch(request: HttpRequest, shown: str, key: str, resource: str) -> HttpResponse:
    fragment = _body(request, FRAGMENT)
    found = whip_change(
        creator=encoder_creator(key=shown),
        resource=resource,
        etag=request.headers.get("If-Match", ""),
        fragment=fragment,
    )
    answer = HttpResponse(found.body, status=found.status, content_type=FRAGMENT)
    if etag := found.headers.get("ETag"):
        answer["ETag"] = etag
    return answer


def _delete(request: HttpRequest, shown: str, key: str, resource: str) -> HttpResponse:
    whip_end(creator=encoder_creator(key=shown), resource=resource)
    return HttpResponse(status=200)


# By method, and whether it is about a session that has begun.
_HANDLERS: dict[tuple[str, bool], Callable[[HttpRequest, str, str, str], HttpResponse]] = {
    ("POST", False): _post,
    ("PATCH", True): _patch,
    ("DELETE", True): _delete,
}


def _bearer(request: HttpRequest) -> str:
    """What OBS sends of its field "Bearer Token"."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


def _body(request: HttpRequest, kind: str) -> bytes:
    """Raises: UnsupportedMediaType, TooLarge."""
    if request.content_type != kind:
        raise UnsupportedMediaType(reason=f"send {kind}")
    body = request.read(MOST_BYTES + 1)
    if len(body) > MOST_BYTES:
        raise TooLarge(limit_bytes=MOST_BYTES)
    return body
