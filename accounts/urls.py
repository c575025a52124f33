from django.urls import path

from accounts import pages

app_name = "accounts"
urlpatterns = [path("settings/profile", pages.profile, name="profile")]
