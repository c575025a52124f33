from django.urls import path

from streams.api import streams, watching

urlpatterns = [
    path("streams/create", streams.StreamCreateView.as_view(), name="stream_create"),
    path("streams/live", streams.LiveStreamsView.as_view(), name="streams_live"),
    path("streams/creator/<uuid:user_id>", streams.CreatorStreamsView.as_view(), name="streams_of_creator"),
    path("streams/<uuid:stream_id>", streams.StreamView.as_view(), name="stream"),
    path(
        "streams/<uuid:stream_id>/thumbnail", streams.StreamThumbnailView.as_view(), name="stream_thumbnail"
    ),
    path("streams/<uuid:stream_id>/end", streams.StreamEndView.as_view(), name="stream_end"),
    path("streams/<uuid:stream_id>/token", watching.ViewerTokenView.as_view(), name="stream_token"),
    path(
        "streams/<uuid:stream_id>/broadcast-token",
        watching.BroadcastTokenView.as_view(),
        name="stream_broadcast_token",
    ),
    path("streams/<uuid:stream_id>/join", watching.JoinView.as_view(), name="stream_join"),
    path("streams/<uuid:stream_id>/leave", watching.LeaveView.as_view(), name="stream_leave"),
    path("streams/<uuid:stream_id>/viewers", watching.ViewersView.as_view(), name="stream_viewers"),
]
