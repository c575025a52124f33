from django.urls import path

from moderation import overview
from moderation.history import pages as history
from moderation.modes import pages as modes

app_name = "moderation_console"
urlpatterns = [
    path("studio/moderation", overview.overview, name="overview"),
    path("studio/moderation/modes", modes.modes, name="modes"),
    path("studio/moderation/modes/change", modes.modes_change, name="modes-change"),
    path("studio/moderation/modes/shield", modes.shield, name="shield"),
    path("studio/moderation/modes/shield-set", modes.shield_set, name="shield-set"),
    path("studio/moderation/trail", history.trail, name="trail"),
    path("studio/moderation/trail.csv", history.trail_file, name="trail-file"),
]
