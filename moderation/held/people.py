"""What moderation holds back of a person, for that person."""

from accounts.exports import Files, as_json, register_exporter
from accounts.models import User
from moderation.held.models import HeldMessage


@register_exporter
def export(user: User) -> Files:
    held = HeldMessage.objects.filter(author=user).order_by("id")
    return {
        "held_messages.json": as_json(list(held.values("id", "stream_id", "created_at", "text", "state")))
    }
