from django.urls import path

from gifts.api import views

urlpatterns = [
    path("gifts", views.CatalogueView.as_view(), name="gifts"),
    path("streams/<uuid:stream_id>/gift", views.GiftSendView.as_view(), name="gift_send"),
    path("streams/<uuid:stream_id>/leaderboard", views.LeaderboardView.as_view(), name="leaderboard"),
    path("streams/<uuid:stream_id>/goal", views.GoalView.as_view(), name="goal"),
    path(
        "channels/<str:username>/leaderboard",
        views.ChannelLeaderboardView.as_view(),
        name="channel_leaderboard",
    ),
]
