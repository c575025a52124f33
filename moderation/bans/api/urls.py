from django.urls import path

from moderation.bans.api import views

urlpatterns = [
    path("channels/<str:username>/bans", views.BansView.as_view(), name="bans"),
    path("channels/<str:username>/bans/<uuid:user_id>", views.BanView.as_view(), name="ban"),
    path("channels/<str:username>/timeouts/<uuid:user_id>", views.TimeoutView.as_view(), name="timeout"),
    path("channels/<str:username>/warnings/<uuid:user_id>", views.WarningView.as_view(), name="warning"),
    path("channels/<str:username>/unban-requests", views.UnbanRequestsView.as_view(), name="unban_requests"),
    path(
        "channels/<str:username>/unban-requests/<uuid:request_id>/answer",
        views.UnbanAnswerView.as_view(),
        name="unban_answer",
    ),
    path("me/cautions/<uuid:caution_id>/read", views.CautionReadView.as_view(), name="caution_read"),
]
