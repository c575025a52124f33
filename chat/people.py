"""What the chat has of a person, for that person."""

from accounts.exports import Files, as_json, register_exporter
from accounts.models import User
from chat.models import ChatMessage


@register_exporter
def export(user: User) -> Files:
    messages = ChatMessage.objects.filter(party=user.party_id).order_by("id")
    return {"messages.json": as_json(list(messages.values("id", "stream_id", "created_at", "text")))}
