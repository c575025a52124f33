from django.urls import path

from chat.api import views

urlpatterns = [
    path("streams/<uuid:stream_id>/message", views.MessageView.as_view(), name="chat_message"),
    path("streams/<uuid:stream_id>/messages", views.MessagesView.as_view(), name="chat_messages"),
    path(
        "streams/<uuid:stream_id>/messages/<uuid:message_id>",
        views.MessageRemovalView.as_view(),
        name="chat_remove",
    ),
    path("streams/<uuid:stream_id>/chat/me", views.ChatMeView.as_view(), name="chat_me"),
    path("streams/<uuid:stream_id>/events", views.EventsView.as_view(), name="room_events"),
    path(
        "channels/<str:username>/people/<uuid:user_id>",
        views.PersonCardView.as_view(),
        name="channel_person",
    ),
]
