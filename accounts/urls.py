from django.urls import path

from accounts import pages

app_name = "accounts"
urlpatterns = [
    path("settings/profile", pages.profile, name="profile"),
    path("settings/email/resend", pages.email_resend, name="email-resend"),
]
