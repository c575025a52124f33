"""The relay in a process of its own, for tests that kill it: ``python -m tests.streams.media.serving <port>``.

Shares database and folder with the test by BUSK_RELAY_TEST_DB and BUSK_RELAY_TEST_DIR.
"""

import os
import sys
from typing import Any
from uuid import UUID

import django
import uvicorn
from django.conf import settings


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")
    settings.DATABASES["default"]["NAME"] = os.environ["BUSK_RELAY_TEST_DB"]
    settings.MEDIA_WORK_DIR = os.environ["BUSK_RELAY_TEST_DIR"]
    django.setup()

    from channels.routing import URLRouter

    from config.lifespan import with_lifespan
    from streams.media.relay.asgi import relay_app
    from streams.media.relay.passes import ingest_pass_issue
    from streams.routing import websocket_urlpatterns

    async def pages(scope: Any, receive: Any, send: Any) -> None:
        """Sockets, and ``/pass/<stream>``: an ingest pass, which only the process that issued it knows."""
        if scope["type"] == "websocket":
            await URLRouter(websocket_urlpatterns)(scope, receive, send)
            return
        token = ingest_pass_issue(stream_id=UUID(scope["path"].removeprefix("/pass/")))
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": token.encode()})

    uvicorn.run(
        with_lifespan(relay_app(pages)), port=int(sys.argv[1]), ws="websockets-sansio", log_level="warning"
    )


if __name__ == "__main__":
    main()
