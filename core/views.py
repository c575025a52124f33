"""Answers for what no view answered: the API keeps its error shape, pages keep their look."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from core.errors import DomainError, Forbidden, NotFound, RateLimited


class CsrfFailed(DomainError):
    """The page is older than the session; reloading it helps."""

    code = "csrf_failed"
    http_status = 403


class ServerError(DomainError):
    code = "server_error"
    http_status = 500


def _answer(request: HttpRequest, error: DomainError, template: str) -> HttpResponse:
    if request.path.startswith("/api/"):
        return JsonResponse(error.as_dict(), status=error.http_status)
    return render(request, template, status=error.http_status)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(request, NotFound(), "404.html")


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(request, Forbidden(), "403.html")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return _answer(request, CsrfFailed(), "403.html")


def too_many(request: HttpRequest, refusal: RateLimited) -> HttpResponse:
    response = _answer(request, refusal, "429.html")
    response["Retry-After"] = str(refusal.details["retry_after_seconds"])
    return response


def server_error(request: HttpRequest) -> HttpResponse:
    return _answer(request, ServerError(), "500.html")
