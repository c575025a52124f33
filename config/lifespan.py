"""What begins and ends with the server process: the hub's work, and the relay's stages.

Source: https://asgi.readthedocs.io/en/latest/specs/lifespan.html
"""

import gc
from collections.abc import Awaitable, Callable
from typing import Any

from core.metrics import forget_process
from realtime.hub import hub
from streams.media.livekit.bridge import bridges
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
        _spare_collections()
        hub.start()
        bridges.start()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        # Studios first: they are told to come back, while their sockets still work.
        await bridges.stop()
        await stages.shut_down()
        await hub.stop()
        forget_process()
        await send({"type": "lifespan.shutdown.complete"})

    return application


def _spare_collections() -> None:
    """Look for garbage less often: each full look goes through every open connection, and stops the rooms meanwhile.

    What was loaded by now stays for good, so it is no longer looked at.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 100)
