"""Staff's view of streams. Changes go through services; what follows from something else is read-only."""

from django.contrib import admin
from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.models import Follow
from accounts.selectors import staff_party
from core.admin import Link, WithLinks, action_with_reason, links_register, person_link
from streams.models import Channel, EndReason, Stream, StreamKey, StreamStatus, ViewerSession
from streams.services import stream_end

links_register(
    "accounts.user",
    Link(label="streams", to="streams.stream", field="creator__id__exact"),
    Link(label="watched", to="streams.viewersession", field="party__id__exact", attribute="party_id"),
)
links_register(
    "streams.stream",
    Link(label="who watched", to="streams.viewersession", field="stream__id__exact"),
    Link(label="audit trail", to="core.auditevent", field="target", prefix="stream:"),
)


@admin.register(Stream)
class StreamAdmin(WithLinks):
    list_display = [
        "title", "creator", "status", "media_state", "visibility", "viewers_current", "viewers_peak", "started_at",
        "page",
    ]  # fmt: skip
    list_filter = ["status", "visibility", "mature", "end_reason", "started_at"]
    search_fields = ["id", "title", "creator__username", "room_name"]
    list_select_related = ["creator"]
    date_hierarchy = "created_at"
    actions = ["stop"]
    readonly_fields = [
        "id", "creator", "title", "description", "tags", "visibility", "mature", "status", "media_state",
        "media_seen_at", "media_lost_at", "room_name", "stream_key", "viewers_current", "viewers_peak", "viewers_total",
        "gifts_total_coins", "scheduled_at", "created_at", "started_at", "ended_at", "end_reason", "settled_at",
        "related",
    ]  # fmt: skip
    fields = (*readonly_fields,)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Stream | None = None) -> bool:
        return False

    @admin.display(description="Page")
    def page(self, stream: Stream) -> SafeString:
        return format_html('<a href="/stream/{}">open</a>', stream.pk)

    def has_stop_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("streams.stop_stream")

    @action_with_reason(title="Stop", warning="These streams end now, for good.", permission="stop")
    def stop(self, request: HttpRequest, queryset: QuerySet[Stream], reason: str) -> int:
        stream_ids = list(queryset.filter(ended_at=None).values_list("pk", flat=True))
        for stream_id in stream_ids:
            stream_end(stream_id=stream_id, reason=EndReason.STAFF, by=staff_party(request), why=reason)
        return len(stream_ids)


@admin.register(Channel)
class ChannelAdmin(admin.ModelAdmin):
    list_display = [
        "username",
        "display_name",
        "live_now",
        "stream_count",
        "follower_count",
        "is_active",
        "page",
    ]
    list_filter = ["is_active"]
    search_fields = ["username", "display_name", "id"]
    ordering = ["username"]
    readonly_fields = ("username", "display_name", "bio", "links", "is_active", "streams_link", "page")
    fields = readonly_fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Channel]:
        """Queries: 1, however many channels. Counted in subqueries, since two joins would multiply each other."""
        streams = Stream.objects.filter(creator=OuterRef("pk")).order_by().values("creator")
        followers = Follow.objects.filter(creator=OuterRef("pk")).order_by().values("creator")
        channels: QuerySet[Channel] = super().get_queryset(request)
        return channels.filter(Exists(streams)).annotate(
            stream_total=Coalesce(Subquery(streams.annotate(n=Count("pk")).values("n")), 0),
            follower_total=Coalesce(Subquery(followers.annotate(n=Count("pk")).values("n")), 0),
            is_live=Exists(streams.filter(status=StreamStatus.LIVE)),
        )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Channel | None = None) -> bool:
        return False

    @admin.display(description="Live", boolean=True)
    def live_now(self, channel: Channel) -> bool:
        return bool(channel.is_live)  # type: ignore[attr-defined]

    @admin.display(description="Streams", ordering="stream_total")
    def stream_count(self, channel: Channel) -> int:
        return int(channel.stream_total)  # type: ignore[attr-defined]

    @admin.display(description="Followers", ordering="follower_total")
    def follower_count(self, channel: Channel) -> int:
        return int(channel.follower_total)  # type: ignore[attr-defined]

    @admin.display(description="Streams")
    def streams_link(self, channel: Channel) -> SafeString:
        url = reverse("admin:streams_stream_changelist")
        return format_html('<a href="{}?creator__id__exact={}">all streams</a>', url, channel.pk)

    @admin.display(description="Page")
    def page(self, channel: Channel) -> SafeString:
        return format_html('<a href="/live/{}">open</a>', channel.username)


@admin.register(ViewerSession)
class ViewerSessionAdmin(admin.ModelAdmin):
    list_display = [
        "viewer_id",
        "person",
        "stream",
        "joined_at",
        "last_seen_at",
        "left_at",
        "seconds_watched",
        "device",
        "revoked_at",
    ]
    list_filter = ["device", "joined_at"]
    search_fields = ["viewer_id", "stream__id", "stream__title", "party__user__username"]
    list_select_related = ["stream", "party__user"]
    readonly_fields = [*(field.name for field in ViewerSession._meta.fields), "person"]
    fields = (*readonly_fields,)

    @admin.display(description="Person")
    def person(self, session: ViewerSession) -> SafeString:
        return person_link(session.party)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


@admin.register(StreamKey)
class StreamKeyAdmin(admin.ModelAdmin):
    list_display = ["creator", "last_four", "created_at", "revoked_at"]
    list_select_related = ["creator"]
    search_fields = ["creator__username"]
    readonly_fields = ["creator", "last_four", "created_at", "revoked_at"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False
