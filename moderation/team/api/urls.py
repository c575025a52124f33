from django.urls import path

from moderation.team.api import views

urlpatterns = [
    path("channels/<str:username>/team", views.TeamView.as_view(), name="team"),
    path("channels/<str:username>/team/<uuid:user_id>", views.TeamMemberView.as_view(), name="team_member"),
    path("me/teams", views.MyTeamsView.as_view(), name="my_teams"),
    path("me/teams/<str:username>", views.MyTeamView.as_view(), name="my_team"),
    path("me/teams/<str:username>/accept", views.MyTeamAcceptView.as_view(), name="my_team_accept"),
]
