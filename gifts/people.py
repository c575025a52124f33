"""What gifts have of a person: given to them on request. What was given stays, as a deleted user's."""

from accounts.exports import Files, as_json, register_exporter
from accounts.models import User
from gifts.models import GiftSend, Goal


@register_exporter
def export(user: User) -> Files:
    sent = GiftSend.objects.filter(sender=user.party_id).order_by("id")
    fields = ("id", "gift__sku", "stream_id", "quantity", "coins", "anonymous", "combo_id", "created_at")
    goals = Goal.objects.filter(stream__creator=user).order_by("set_at")
    return {
        "gifts_sent.json": as_json(list(sent.values(*fields))),
        "goals.json": as_json(
            list(goals.values("stream_id", "title", "target_coins", "coins", "set_at", "reached_at"))
        ),
    }
