"""What begins and ends with the server process: the hub's work, and the relay's stages.

Source: https://asgi.readthedocs.io/en/latest/specs/lifespan.html
"""

from collections.abc import Awaitable, Callable
from typing import Any

from core.metrics import forget_process
from realtime.hub import hub
from streams.media.relay.stages import stages

Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
App = Callable[[dict[str, Any], Receive, Send], Awaitable[None]]


def with_lifespan(app: App) -> App:
    """Answer the server's start and stop messages; everything else is the app's."""

    async def application(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await app(scope, receive, send)
            return
        await receive()
        hub.start()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        # Studios first: they are told to come back, while their sockets still work.
        await stages.shut_down()
        await hub.stop()
        forget_process()
        await send({"type": "lifespan.shutdown.complete"})

    return application
