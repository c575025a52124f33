"""Staff's view of what was said; nobody edits it here."""

from django.contrib import admin
from django.http import HttpRequest

from chat.models import ChatMessage


@admin.register(ChatMessage)
class ChatMessageAdmin(admin.ModelAdmin):
    list_display = ["created_at", "stream", "party", "role", "kind", "text"]
    list_filter = ["kind", "role", "created_at"]
    search_fields = ["text", "stream__id", "stream__title", "party__user__username"]
    list_select_related = ["stream", "party"]
    readonly_fields = [field.name for field in ChatMessage._meta.fields]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: ChatMessage | None = None) -> bool:
        return False
