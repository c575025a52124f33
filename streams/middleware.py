from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from streams.viewers import hand_out_cookie


class ViewerCookieMiddleware:
    """Gives a browser that was asked who it is, and had no answer, the cookie it will answer with."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        hand_out_cookie(request, response)
        return response
