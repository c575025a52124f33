from django.urls import path

from streams.media.relay.consumer import ingest

websocket_urlpatterns = [
    path("ws/ingest/<uuid:stream_id>/", ingest),  # type: ignore[arg-type] # an ASGI application, no view
]
