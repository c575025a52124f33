"""Staff's view of what was said; nobody edits it here."""

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString

from chat.models import ChatMessage
from core.admin import Link, links_register, person_link

links_register(
    "accounts.user",
    Link(label="messages", to="chat.chatmessage", field="party__id__exact", attribute="party_id"),
)
links_register("streams.stream", Link(label="messages", to="chat.chatmessage", field="stream__id__exact"))


@admin.register(ChatMessage)
class ChatMessageAdmin(admin.ModelAdmin):
    list_display = ["created_at", "stream", "person", "role", "kind", "text", "removed_at"]
    list_filter = ["kind", "role", "created_at", "removed_at"]
    search_fields = ["text", "stream__id", "stream__title", "party__user__username"]
    list_select_related = ["stream", "party__user"]
    readonly_fields = [*(field.name for field in ChatMessage._meta.fields), "person"]
    fields = (*readonly_fields,)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @admin.display(description="Person")
    def person(self, message: ChatMessage) -> SafeString:
        return person_link(message.party)

    def has_delete_permission(self, request: HttpRequest, obj: ChatMessage | None = None) -> bool:
        return False
