"""Rate limits of the HTTP doors: who is counted by what, and the headers that say how much is left.

A bucket is what counts together (settings.RATE_LIMITS has how much of each per minute). People are counted by their
account, or by our signed cookie, or by their address; and everybody without an account behind one address together.
"""

import time
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django_ratelimit import ALL
from django_ratelimit.core import get_usage
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from core.clients import known_viewer, network_of, request_address
from core.errors import RateLimited
from core.limits import Usage, enforce, usages
from core.views import too_many

if TYPE_CHECKING:  # DRF's views import this module by the settings
    from rest_framework.views import APIView

WINDOW_SECONDS = 60
# Writes of views that name no bucket.
OTHER_WRITES = "write"
_SAFE = {"GET", "HEAD", "OPTIONS"}


def spend(request: HttpRequest | Request, bucket: str) -> None:
    """Count one use of the bucket by whoever asks. Queries: those of ``request.user``. Raises: RateLimited."""
    plain: HttpRequest = request._request if isinstance(request, Request) else request
    limit, limit_per_address = settings.RATE_LIMITS[bucket]
    if request.user.is_authenticated:
        _count(plain, bucket, f"u:{request.user.pk}", limit)
        return
    network = network_of(request_address(plain))
    viewer = known_viewer(plain)
    _count(plain, bucket, f"a:{viewer}" if viewer else f"ip:{network}", limit)
    _count(plain, f"{bucket}-address", network, limit_per_address)


def limited(bucket: str) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """The same for a plain Django view: what is too much is answered 429 by ``core.views.too_many``."""

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def counted(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            try:
                spend(request, bucket)
            except RateLimited as refusal:
                return too_many(request, refusal)
            return view(request, *args, **kwargs)

        return counted

    return decorate


def _count(request: HttpRequest, bucket: str, who: str, limit: int) -> None:
    usage = get_usage(
        request,
        group=bucket,
        key=lambda group, request: who,
        rate=(limit, WINDOW_SECONDS),
        method=ALL,
        increment=True,
    )
    ends_in = max(1, usage["time_left"])
    enforce(Usage(bucket, limit, WINDOW_SECONDS, usage["count"], ends_in))


class BucketThrottle(BaseThrottle):
    """Counts by the view's ``throttle_bucket``. With None, writes share a bucket and reads are free.

    "" is for views whose service counts for itself.
    """

    _wait: float | None = None

    def allow_request(self, request: Request, view: "APIView") -> bool:
        bucket = getattr(view, "throttle_bucket", None)
        if bucket is None and request.method not in _SAFE:
            bucket = OTHER_WRITES
        if not bucket or request.method == "OPTIONS":
            return True
        try:
            spend(request, bucket)
        except RateLimited as refusal:
            self._wait = refusal.details["retry_after_seconds"]
            return False
        return True

    def wait(self) -> float | None:
        return self._wait


class RateLimitHeadersMiddleware:
    """Says in each answer what it was counted against, whoever counted: a throttle, a page or a service.

    Source: https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/ for RateLimit and RateLimit-Policy.
    The X-RateLimit headers speak of the limit that is nearest; X-RateLimit-Reset is a Unix time.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = usages.set([])
        try:
            response = self.get_response(request)
            if noted := usages.get():
                _write_headers(response, noted)
            return response
        finally:
            usages.reset(token)


def _write_headers(response: HttpResponse, noted: list[Usage]) -> None:
    response["RateLimit-Policy"] = ", ".join(
        f'"{usage.bucket}";q={usage.limit};w={usage.window_seconds}' for usage in noted
    )
    response["RateLimit"] = ", ".join(
        f'"{usage.bucket}";r={usage.remaining};t={usage.ends_in_seconds}' for usage in noted
    )
    nearest = min(noted, key=lambda usage: (usage.remaining, -usage.ends_in_seconds))
    response["X-RateLimit-Limit"] = str(nearest.limit)
    response["X-RateLimit-Remaining"] = str(nearest.remaining)
    response["X-RateLimit-Reset"] = str(int(time.time()) + nearest.ends_in_seconds)
    if response.status_code == 429:
        response["Retry-After"] = str(nearest.ends_in_seconds)
