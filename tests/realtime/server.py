"""A room server in a process of its own: ``python -m tests.realtime.server daphne|uvicorn PORT``.

Runs the rooms and the API as ``config.asgi`` does, on the database that ROOM_DATABASE and the Redis that REDIS_URL names.
"""

import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")

from channels.routing import ProtocolTypeRouter, URLRouter
from django.conf import settings
from django.core.asgi import get_asgi_application

settings.DATABASES["default"]["NAME"] = os.environ["ROOM_DATABASE"]
django_app = get_asgi_application()

from chat.routing import websocket_urlpatterns
from config.embedded.servers import Listening, run_daphne, run_uvicorn
from realtime.asgi import keep_server_send

application = keep_server_send(
    ProtocolTypeRouter({"http": django_app, "websocket": URLRouter(websocket_urlpatterns)})
)

if __name__ == "__main__":
    server, port = sys.argv[1:]
    run = {"daphne": run_daphne, "uvicorn": run_uvicorn}[server]
    run(
        Listening(
            application=application,
            host="127.0.0.1",
            port=int(port),
            log_access=False,
            on_ready=lambda: print("ready", flush=True),  # noqa: T201
        )
    )
