"""The doors of moderation's parts."""

from django.urls import include, path

urlpatterns = [
    path("", include("moderation.bans.api.urls")),
    path("", include("moderation.held.api.urls")),
    path("", include("moderation.history.api.urls")),
    path("", include("moderation.modes.api.urls")),
    path("", include("moderation.terms.api.urls")),
]
