"""What staff see of bans. Who is banned is for the team of the channel to decide; staff act on its page like them."""

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString

from core.admin import Link, ReadOnlyAdmin, WithLinks, links_register, person_link
from moderation.bans.models import Ban, UnbanRequest

links_register(
    "accounts.user",
    Link(label="banned from", to="moderation.ban", field="person__id__exact"),
    Link(label="bans of their channel", to="moderation.ban", field="channel__id__exact"),
    Link(label="asked to come back", to="moderation.unbanrequest", field="person__id__exact"),
)
links_register("moderation.ban", Link(label="request", to="moderation.unbanrequest", field="ban_id__exact"))


@admin.register(Ban)
class BanAdmin(WithLinks, ReadOnlyAdmin):
    list_display = ["person", "channel", "until", "reason", "by_whom", "created_at", "page"]
    list_filter = [("until", admin.EmptyFieldListFilter), "created_at"]
    search_fields = ["person__username", "channel__username", "reason"]
    list_select_related = ["person", "channel", "by__user"]
    readonly_fields = ["person", "channel", "until", "reason", "by_whom", "created_at", "page", "related"]
    fields = (*readonly_fields,)

    @admin.display(description="By")
    def by_whom(self, ban: Ban) -> SafeString:
        return person_link(ban.by)

    @admin.display(description="Page")
    def page(self, ban: Ban) -> SafeString:
        """Where it is lifted."""
        query = urlencode({"channel": ban.channel.username, "q": ban.person.username})
        return format_html('<a href="{}?{}">bans of the channel</a>', reverse("moderation_bans:bans"), query)


@admin.register(UnbanRequest)
class UnbanRequestAdmin(ReadOnlyAdmin):
    list_display = ["person", "channel", "state", "text", "answer", "created_at", "answered_at"]
    list_filter = ["state", "created_at"]
    search_fields = ["person__username", "channel__username", "text"]
    list_select_related = ["person", "channel"]

    readonly_fields = [field.name for field in UnbanRequest._meta.fields]
