from django.urls import path

from moderation.modes.api import views

urlpatterns = [
    path("channels/<str:username>/chat-modes", views.ChatModesView.as_view(), name="chat_modes"),
    path("channels/<str:username>/shield", views.ShieldView.as_view(), name="shield"),
    path("channels/<str:username>/shield-set", views.ShieldSetView.as_view(), name="shield_set"),
]
