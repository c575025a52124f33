from django.urls import path

from chat.consumers import LobbyConsumer, RoomConsumer

websocket_urlpatterns = [
    path("ws/streams/<uuid:stream_id>/", RoomConsumer.as_asgi()),
    path("ws/live/", LobbyConsumer.as_asgi()),
]
