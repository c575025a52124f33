"""What orders have of a person: given to them on request. Erasing somebody keeps what the books and the law need."""

from accounts.erasure import register_eraser
from accounts.exports import Files, as_json, register_exporter
from accounts.models import User
from payments.orders.models import CardTry, Order, Receipt, SpendLimit


@register_eraser
def erase(user: User) -> None:
    """Orders and receipts name no person and stay; from where they came, and which cards failed, is forgotten now."""
    party = user.party_id
    SpendLimit.objects.filter(pk=party).delete()
    CardTry.objects.filter(party_id=party).delete()
    Order.objects.filter(party_id=party).exclude(placed_from="").update(placed_from="")


@register_exporter
def export(user: User) -> Files:
    orders = Order.objects.filter(party_id=user.party_id).order_by("id")
    receipts = Receipt.objects.filter(order__party_id=user.party_id).order_by("id")
    limit = SpendLimit.objects.filter(pk=user.party_id).values("amount", "next_amount", "next_from").first()
    return {
        "orders.json": as_json(
            {
                "orders": list(
                    orders.values(
                        "id",
                        "purpose",
                        "source",
                        "state",
                        "amount",
                        "currency",
                        "coins",
                        "created_at",
                        "closed_at",
                        "declined",
                        "payment__card_brand",
                        "payment__card_last4",
                        "payment__charged_at",
                    )
                ),
                "spend_limit": limit,
            }
        ),
        "receipts.json": as_json(
            list(
                receipts.values(
                    "kind",
                    "number",
                    "order_id",
                    "title",
                    "currency",
                    "gross",
                    "net",
                    "tax",
                    "seller",
                    "issued_at",
                )
            )
        ),
    }
