from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from core.ids import new_id
from core.logs import request_id

GetResponse = Callable[[HttpRequest], HttpResponse]


class RequestIdMiddleware:
    """Gives each request an id of ours, which its log lines and its answer (``X-Request-ID``) carry."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = request_id.set(new_id().hex)
        try:
            response = self.get_response(request)
            response["X-Request-ID"] = request_id.get()
            return response
        finally:
            request_id.reset(token)


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
