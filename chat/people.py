"""What the chat has of a person, for that person."""

from accounts.exports import Files, as_json, register_exporter
from accounts.models import User
from chat.models import ChatMessage


@register_exporter
def export(user: User) -> Files:
    """Also what was taken away, marked by when."""
    messages = ChatMessage.objects.filter(party=user.party_id).order_by("id")
    fields = ("id", "stream_id", "created_at", "text", "removed_at")
    return {"messages.json": as_json(list(messages.values(*fields)))}
