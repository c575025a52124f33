from django.urls import path

from moderation.bans import pages

app_name = "moderation_bans"
urlpatterns = [
    path("studio/moderation/bans", pages.bans, name="bans"),
    path("studio/moderation/bans/<uuid:user_id>/lift", pages.lift, name="lift"),
    path("studio/moderation/bans/requests/<uuid:request_id>", pages.answer, name="answer"),
    path("live/<str:username>/ban", pages.ban, name="ban"),
]
