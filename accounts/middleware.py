from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

# allauth counts by the minute; a lock-out lasts longer and says so itself (accounts.adapter).
WINDOW_SECONDS = 60


class RetryAfterMiddleware:
    """Adds to allauth's 429 answers when another try will be heard."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code == 429:
            response.setdefault("Retry-After", str(WINDOW_SECONDS))
        return response
