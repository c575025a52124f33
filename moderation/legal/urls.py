from django.urls import path

from moderation.legal import pages

app_name = "moderation_legal"
urlpatterns = [
    path("legal/notice", pages.notice, name="notice"),
    path("legal/notice/sent", pages.sent, name="sent"),
]
