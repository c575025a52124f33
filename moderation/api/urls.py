"""The doors of moderation's parts."""

from django.urls import include, path

urlpatterns = [
    path("", include("moderation.bans.api.urls")),
]
