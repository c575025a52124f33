from django.urls import path

from accounts.api import search, views

urlpatterns = [
    path("users/search", search.UserSearchView.as_view(), name="user_search"),
    path("users/<uuid:user_id>/follow", views.FollowView.as_view(), name="user_follow"),
]
