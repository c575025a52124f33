"""What LiveKit, and the proxy in front of it, ask of us."""

from django.urls import path

from streams.media.livekit import views

urlpatterns = [
    path("door/livekit", views.door, name="livekit_door"),
    path("webhooks/livekit", views.webhook, name="livekit_webhook"),
]
