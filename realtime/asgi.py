"""The outermost ASGI middleware of the rooms."""

from collections.abc import Awaitable, Callable
from typing import Any

from realtime.writers import Send

Receive = Callable[[], Awaitable[Any]]
Scope = dict[str, Any]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

SERVER_SEND = "busk.server_send"


def keep_server_send(app: App) -> App:
    """Keep the server's own ``send`` in the scope, for the hub: what others wrap around it costs on every delivery."""

    async def with_server_send(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            scope[SERVER_SEND] = send
        await app(scope, receive, send)

    return with_server_send
