"""What tips have of a person."""

from accounts.erasure import register_eraser
from accounts.exports import Files, as_json, register_exporter
from accounts.models import User
from payments.orders.models import Order, Purpose
from payments.tips.models import Tip


@register_eraser
def erase(user: User) -> None:
    """Orders of other people do not go on naming whom they were for."""
    Order.objects.filter(creator=user.party_id, purpose=Purpose.TIP).update(title="Tip")


@register_exporter
def export(user: User) -> Files:
    tips = Tip.objects.filter(order__party_id=user.party_id).order_by("id")
    wanted = ("id", "order_id", "order__stream_id", "message", "anonymous", "paid_at", "hidden_at")
    return {"tips.json": as_json(list(tips.values(*wanted)))}
