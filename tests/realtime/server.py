"""A room server in a process of its own: ``python -m tests.realtime.server daphne|uvicorn PORT``.

The application of ``config.asgi``, on the database named by ROOM_DATABASE and with the Redis of REDIS_URL; mails go
into the folder ROOM_MAILS, if there is one.
``POST /flood/<room>/<events>/<bytes>`` publishes that many events of that size, 2 ms apart, to try sockets out.
"""

import logging
import os
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from django.conf import settings

from config.embedded.servers import Listening, run_daphne, run_uvicorn
from tests.log_secrets import LogReaderOfServer


def main(kind: str, port: int) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")
    settings.DEBUG = False
    settings.DATABASES["default"]["NAME"] = os.environ["ROOM_DATABASE"]
    # One server for many tests: who they are to it is always the same address.
    settings.ACCOUNT_RATE_LIMITS = {"login": "1000/m/ip", "signup": "1000/m/ip"}
    if folder := os.environ.get("ROOM_MAILS"):
        settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
        settings.EMAIL_FILE_PATH = folder
    from config.asgi import application  # loads the apps, with the database of the tests

    # After that, since loading an application configures logging.
    logging.getLogger().addHandler(LogReaderOfServer(os.environ["ROOM_SECRETS"]))
    listening = Listening(
        application=with_flood(application),
        host="127.0.0.1",
        port=port,
        log_access=True,
        on_ready=lambda: print("ready", flush=True),  # noqa: T201 - the test waits for it
    )
    {"daphne": run_daphne, "uvicorn": run_uvicorn}[kind](listening)


def with_flood(app: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    async def flooding(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http" or not scope["path"].startswith("/flood/"):
            await app(scope, receive, send)
            return
        room, events, size = scope["path"].split("/")[2:]
        threading.Thread(target=flood, args=(UUID(room), int(events), int(size)), daemon=True).start()
        await send({"type": "http.response.start", "status": 202, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    return flooding


def flood(room_id: UUID, events: int, size: int) -> None:
    from realtime.events import Entry
    from realtime.publish import entries_publish

    filling = b"x" * size
    for number in range(events):
        body = b'{"type":"test:flood","number":%d,"filling":"%b"}' % (number, filling)
        entries_publish(room_id, [Entry("test:flood", 0, body)])
        time.sleep(0.002)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
