from django.urls import path

from moderation.team import pages

app_name = "moderation_team"
urlpatterns = [
    path("studio/moderation/team", pages.team, name="team"),
    path("studio/moderation/team/invite", pages.invite, name="invite"),
    path("studio/moderation/team/<uuid:user_id>", pages.change, name="change"),
    path("settings/teams", pages.mine, name="mine"),
    path("settings/teams/<uuid:channel_id>", pages.answer, name="answer"),
]
