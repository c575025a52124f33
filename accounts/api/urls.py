from django.urls import path

from accounts.api import views

urlpatterns = [path("users/<uuid:user_id>/follow", views.FollowView.as_view(), name="user_follow")]
