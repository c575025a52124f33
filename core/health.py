"""Whether this process lives, and whether it can do its work."""

from django.core.cache import caches
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse


def healthz(request: HttpRequest) -> JsonResponse:
    """The process answers; nothing else is asked, so that a database outage restarts no web process."""
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> JsonResponse:
    """503 with the part that is missing, until the database and the cache answer. Queries: 1."""
    parts = {"database": _database_answers(), "cache": _cache_answers()}
    ready = all(parts.values())
    return JsonResponse(
        {"status": "ok" if ready else "unavailable", "parts": parts}, status=200 if ready else 503
    )


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def _cache_answers() -> bool:
    try:
        caches["default"].set("readyz", 1, timeout=10)
        return bool(caches["default"].get("readyz") == 1)
    except (OSError, ConnectionError):
        return False
    except Exception as error:
        # Redis errors share no base class with OSError; anything else is a bug and must show.
        if type(error).__module__.startswith("redis."):
            return False
        raise
