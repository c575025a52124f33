from django.urls import path

from streams.me.consumer import MeConsumer
from streams.media.relay.consumer import ingest

websocket_urlpatterns = [
    path("ws/me/", MeConsumer.as_asgi()),
    path("ws/ingest/<uuid:stream_id>/", ingest),  # type: ignore[arg-type] # an ASGI application, no view
]
