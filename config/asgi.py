"""What the server runs: playlists and segments first, then sockets, then Django."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")

from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application

# Loads the apps, which the imports below need.
django_app = get_asgi_application()

from chat.routing import websocket_urlpatterns as rooms
from config.lifespan import with_lifespan
from core.asgi import with_request_id
from realtime.asgi import keep_server_send
from streams.media.relay.asgi import relay_app
from streams.routing import websocket_urlpatterns as ingest

application = with_lifespan(
    with_request_id(
        keep_server_send(
            relay_app(
                ProtocolTypeRouter({"http": django_app, "websocket": URLRouter([*rooms, *ingest])}),
            )
        )
    )
)
