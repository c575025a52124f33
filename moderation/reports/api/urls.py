from django.urls import path

from moderation.reports.api import views

urlpatterns = [
    path("reports", views.ReportsView.as_view(), name="reports"),
    path("me/reports", views.MyReportsView.as_view(), name="my_reports"),
    path("me/statements", views.MyStatementsView.as_view(), name="my_statements"),
    path("me/statements/<uuid:statement_id>/read", views.StatementReadView.as_view(), name="statement_read"),
    path("me/decisions/<uuid:decision_id>/appeal", views.AppealView.as_view(), name="appeal"),
    path("channels/<str:username>/reports", views.ChannelReportsView.as_view(), name="channel_reports"),
]
