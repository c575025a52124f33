"""One of the servers: ``python -m bench.segments.server relay|threads <port> <folder>``."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import uvicorn
from django.conf import settings

Send = Callable[[dict[str, Any]], Awaitable[None]]


def relay(folder: Path) -> Any:
    """What Busk runs, with a gate that is always open."""
    import django

    settings.DEBUG = False
    django.setup()
    from streams.media.relay.asgi import RelayFiles
    from streams.media.relay.gate import Gate, Gates

    async def load(stream_id: UUID) -> Gate:
        return Gate(live=True)

    return RelayFiles(work_dir=folder, gates=Gates(load=load))


def threads(folder: Path) -> Any:
    """The peer: each file is opened and read in a thread, 64 KB at a time. The key is not looked at."""
    read_bytes = 64 * 1024

    async def app(scope: dict[str, Any], receive: object, send: Send) -> None:
        loop = asyncio.get_running_loop()
        _, _, stream, _, name = scope["path"].split("/", 4)
        file = await loop.run_in_executor(None, (folder / stream / name).open, "rb")
        size = await loop.run_in_executor(None, lambda: (folder / stream / name).stat().st_size)
        headers = [(b"content-length", str(size).encode()), (b"content-type", b"video/mp4")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        more = True
        while more:
            chunk = await loop.run_in_executor(None, file.read, read_bytes)
            more = len(chunk) == read_bytes
            await send({"type": "http.response.body", "body": chunk, "more_body": more})
        await loop.run_in_executor(None, file.close)

    return app


def main() -> None:
    kind, port, folder = sys.argv[1:]
    app = {"relay": relay, "threads": threads}[kind](Path(folder))
    uvicorn.run(
        app, port=int(port), log_level="warning", access_log=False, lifespan="off", proxy_headers=False
    )


if __name__ == "__main__":
    main()
