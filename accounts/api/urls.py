from django.urls import path

from accounts.api import me, search, views

urlpatterns = [
    path("users/search", search.UserSearchView.as_view(), name="user_search"),
    path("users/<str:username>", me.ProfileView.as_view(), name="user_get"),
    path("users/<uuid:user_id>/follow", views.FollowView.as_view(), name="user_follow"),
    path("users/<uuid:user_id>/block", views.BlockView.as_view(), name="user_block"),
    path("me", me.MeView.as_view(), name="me"),
    path("me/export", me.MeExportView.as_view(), name="me_export"),
    path("me/picture", me.MePictureView.as_view(), name="me_picture"),
    path("me/blocks", views.BlocksView.as_view(), name="blocks"),
]
