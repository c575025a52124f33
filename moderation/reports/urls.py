from django.urls import path

from moderation.reports import pages

app_name = "moderation"
urlpatterns = [
    path("account/notices", pages.notices, name="notices"),
    path("account/notices/<uuid:statement_id>", pages.notice, name="notice"),
    path("account/notices/by-mail/<str:token>", pages.notice_by_mail, name="notice-by-mail"),
    path("account/reports", pages.reports, name="reports"),
]
