from django.urls import path

from streams.api import encoders, guests, guide, search, streams, watching
from streams.api.keys import StreamKeyResetView
from streams.me.api import TicketsView

urlpatterns = [
    path("tickets", TicketsView.as_view(), name="tickets"),
    path("streams/key/reset", StreamKeyResetView.as_view(), name="stream_key_reset"),
    path("streams/encoder", encoders.EncodersView.as_view(), name="encoders"),
    path("streams/encoder/rtmp", encoders.RtmpView.as_view(), name="rtmp"),
    path("streams/create", streams.StreamCreateView.as_view(), name="stream_create"),
    path("streams/search", search.StreamSearchView.as_view(), name="stream_search"),
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
    path("streams/<uuid:stream_id>/guests", guests.GuestsView.as_view(), name="guests"),
    path("streams/<uuid:stream_id>/guests/<uuid:guest_id>", guests.GuestView.as_view(), name="guest"),
    path("streams/<uuid:stream_id>/invitations", guests.InvitationsView.as_view(), name="invitations"),
    path(
        "streams/<uuid:stream_id>/invitations/<uuid:invitation_id>",
        guests.InvitationView.as_view(),
        name="invitation",
    ),
    path("streams/<uuid:stream_id>/confirm-age", guests.AgeConfirmView.as_view(), name="age_confirm"),
    path("invitations/accept", guests.InvitationAcceptView.as_view(), name="invitation_accept"),
    path("streams/<uuid:stream_id>/viewers", watching.ViewersView.as_view(), name="stream_viewers"),
    path("live/token", guide.GuideTokenView.as_view(), name="guide_token"),
    path("live/create", guide.GuideCreateView.as_view(), name="guide_create"),
    path("live/toggle-active", guide.GuideSwitchView.as_view(), name="guide_switch"),
    path("live/search", guide.GuideSearchView.as_view(), name="guide_search"),
    # The names that other documents have for the same.
    path("livestream", guide.GuideCreateAliasView.as_view(), name="guide_create_alias"),
    path("livekit/token", guide.GuideTokenAliasView.as_view(), name="guide_token_alias"),
    path("livekit/viewer-count", guide.GuideViewerCountView.as_view(), name="guide_viewer_count"),
]
