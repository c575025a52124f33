"""What is counted for Prometheus, and the page that tells it. Each app counts its own in its ``metrics.py``.

Labels are only ever names that our code knows: what a caller makes up must not become a time series.
"""

import hmac
import ipaddress
import logging
import os
from collections.abc import Callable, Iterable
from datetime import timedelta

from django.conf import settings
from django.db import DatabaseError
from django.db.models import Min
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector

from core.models import OutboxFact

logger = logging.getLogger(__name__)

HTTP_REQUESTS = Counter("busk_http_requests", "Answered requests.", ["route", "method", "status"])
HTTP_SECONDS = Histogram(
    "busk_http_request_seconds",
    "From a request's arrival in Django to its answer.",
    ["route", "method"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
TASKS = Counter("busk_tasks", "Tasks that ran, by how they ended.", ["task", "outcome"])
TASK_SECONDS = Histogram(
    "busk_task_seconds",
    "How long tasks ran.",
    ["task"],
    buckets=(0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 120),
)

_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


def route_of(request: HttpRequest) -> str:
    """The pattern of the address, such as ``api/streams/<uuid:stream_id>``; never the address itself."""
    match = request.resolver_match
    if match is not None:
        return match.route
    return "static" if request.path.startswith(settings.STATIC_URL) else "unmatched"


def count_request(request: HttpRequest, *, status: int, seconds: float) -> None:
    method = request.method if request.method in _METHODS else "other"
    HTTP_REQUESTS.labels(route_of(request), method, str(status)).inc()
    HTTP_SECONDS.labels(route_of(request), method).observe(seconds)


Gauges = Iterable[GaugeMetricFamily]
_readers: list[Callable[[], Gauges]] = []


def read_on_request(reader: Callable[[], Gauges]) -> Callable[[], Gauges]:
    """Register a function that reads gauges from the database when Prometheus asks."""
    _readers.append(reader)
    return reader


@read_on_request
def outbox() -> Gauges:
    """Queries: 1."""
    oldest = OutboxFact.objects.aggregate(oldest=Min("created_at"))["oldest"]
    age = timezone.now() - oldest if oldest else timedelta()
    yield GaugeMetricFamily(
        "busk_outbox_oldest_seconds", "Age of the oldest fact that is not handled.", age.total_seconds()
    )


class _FromDatabase(Collector):
    def collect(self) -> Gauges:
        """Without the database nothing, after one wait for it: Prometheus must have the rest in time."""
        try:
            return [gauge for read in _readers for gauge in read()]
        except DatabaseError as error:
            logger.warning("what the database knows is missing from the metrics: %s", error)
            return []


def metrics(request: HttpRequest) -> HttpResponse:
    """All metrics, for this machine or for whoever shows the token; for anybody else there is no such page."""
    if not (_shows_token(request) or _is_this_machine(request)):
        raise Http404
    registry: Collector | CollectorRegistry = REGISTRY
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    text = generate_latest(registry)
    shared = CollectorRegistry(auto_describe=False)
    shared.register(_FromDatabase())
    answer = HttpResponse(text + generate_latest(shared), content_type=CONTENT_TYPE_LATEST)
    answer["Cache-Control"] = "no-store"
    return answer


def forget_process() -> None:
    """What this process had open is open no more. Matters only where several share a folder of metrics."""
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        mark_process_dead(os.getpid())  # type: ignore[no-untyped-call]


def _shows_token(request: HttpRequest) -> bool:
    token = settings.METRICS_TOKEN
    shown = request.headers.get("Authorization", "")
    return bool(token) and hmac.compare_digest(shown.encode(), f"Bearer {token}".encode())


def _is_this_machine(request: HttpRequest) -> bool:
    """The peer itself, with nobody behind it: a proxy on this machine names whom it asks for."""
    if any(name in request.headers for name in ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Via")):
        return False
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR") or "").is_loopback
    except ValueError:
        return False
