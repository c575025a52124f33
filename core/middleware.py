import time
from collections.abc import Callable
from contextlib import suppress

from django.http import Http404, HttpRequest, HttpResponse

from core.health import healthz, readyz
from core.ids import new_id
from core.logs import request_id
from core.metrics import count_request, metrics

GetResponse = Callable[[HttpRequest], HttpResponse]


class RequestIdMiddleware:
    """Puts the request's id (``core.asgi``) into its answer as ``X-Request-ID``; makes one where no server did."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        current = request_id.get()
        token = request_id.set(new_id().hex if current == "-" else current)
        # For lines that Django writes about the request when it has left us.
        request.request_id = request_id.get()  # type: ignore[attr-defined]
        try:
            response = self.get_response(request)
            response["X-Request-ID"] = request_id.get()
            return response
        finally:
            request_id.reset(token)


class ProbesMiddleware:
    """Answers probes before anybody looks at the host: they ask an address, such as a container's, and not a name."""

    PROBES = {"/healthz": healthz, "/readyz": readyz, "/metrics": metrics}

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if probe := self.PROBES.get(request.path_info):
            with suppress(Http404):  # whoever may not ask is told so by the page that everybody sees
                return probe(request)
        return self.get_response(request)


class MetricsMiddleware:
    """Counts each request and how long it took."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        response = self.get_response(request)
        count_request(request, status=response.status_code, seconds=time.perf_counter() - started)
        return response


class PermissionsPolicyMiddleware:
    """Camera, microphone and screen are for our own pages; what we never use is off."""

    POLICY = (
        "camera=(self), microphone=(self), display-capture=(self), geolocation=(), payment=(self), usb=()"
    )

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response["Permissions-Policy"] = self.POLICY
        return response
