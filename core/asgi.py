"""The outermost ASGI middleware: an id for everything that the server is asked."""

from collections.abc import Awaitable, Callable
from typing import Any

from core.ids import new_id
from core.logs import request_id

App = Callable[[dict[str, Any], Any, Any], Awaitable[None]]


def with_request_id(app: App) -> App:
    """Give each request and each socket an id of ours, never the caller's, which its log lines carry."""

    async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":  # its work outlives every connection
            await app(scope, receive, send)
            return
        token = request_id.set(new_id().hex)
        try:
            await app(scope, receive, send)
        finally:
            request_id.reset(token)

    return application
