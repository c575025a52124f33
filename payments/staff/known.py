"""What our own rows say about a disputed payment: a first draft of the evidence.

The buyer's network is kept as a hash and would prove nothing to a bank; it is left out.
"""

from datetime import datetime, timedelta

from django.utils.timezone import localtime

from payments.models import Earning
from payments.money import money_text
from payments.orders.models import Chargeback, Order, Payment, ReceiptKind
from payments.staff.evidence import FIELDS, MOST_CHARACTERS

LISTED = 60
# What was watched shortly before is why it was bought.
BEFORE = timedelta(hours=24)


def evidence_known(chargeback: Chargeback) -> dict[str, str]:
    """Each of the provider's fields, empty where we know nothing. Queries: about 7."""
    payment = Payment.objects.select_related("order__party").get(pk=chargeback.payment_id)
    order = payment.order
    user = getattr(order.party, "user", None)
    known = dict.fromkeys(FIELDS, "")
    known["product_description"] = _product(order, payment)
    if user is not None:
        known["customer_name"] = user.display_name or user.username
        known["customer_email_address"] = user.email
    known["service_date"] = localtime(payment.charged_at).date().isoformat()
    lines = sorted([*_deeds(order, payment), *_watched(order, payment), *_given(order)])
    log = "\n".join(f"{_at(at)}: {what}" for at, what in lines)
    known["access_activity_log"] = log[:MOST_CHARACTERS]
    known["refund_policy_disclosure"] = (
        "Beside the button that buys them: coins do not expire, cannot be given to others or paid out."
        if order.coins
        else ""
    )
    return known


def _at(moment: datetime) -> str:
    return localtime(moment).strftime("%Y-%m-%d %H:%M:%S %Z")


def _product(order: Order, payment: Payment) -> str:
    receipt = order.receipts.filter(kind=ReceiptKind.RECEIPT).first()
    lines = [
        f"{order.title}: {money_text(order.amount, order.currency)}, order {order.pk}.",
        f"Delivered to the buyer's account at once, {_at(payment.charged_at)}.",
    ]
    if receipt is not None:
        lines.append(f"Receipt {receipt.code}, issued {_at(receipt.issued_at)}.")
    return "\n".join(lines)


def _deeds(order: Order, payment: Payment) -> list[tuple[datetime, str]]:
    found = [
        (order.created_at, "the signed-in buyer placed the order"),
        (payment.charged_at, f"paid by {payment.card_brand} ending in {payment.card_last4}"),
    ]
    ticket = getattr(order, "ticket", None)
    if ticket is not None and ticket.used_at is not None:
        found.append((ticket.used_at, "the ticket was used: pictures of the stream were received"))
    tip = getattr(order, "tip", None)
    if tip is not None and tip.paid_at is not None:
        found.append((tip.paid_at, f"the tip was shown in the chat with the words: {tip.message}"))
    return found


def _watched(order: Order, payment: Payment) -> list[tuple[datetime, str]]:
    """Streams that the buyer watched about then. Queries: 1."""
    sessions = order.party.viewer_sessions.filter(joined_at__gte=payment.charged_at - BEFORE)
    return [
        (
            session.joined_at,
            f'watched "{session.stream.title}" for {session.seconds_watched // 60} min until '
            f"{_at(session.last_seen_at)}",
        )
        for session in sessions.select_related("stream").order_by("joined_at")[:LISTED]
    ]


def _given(order: Order) -> list[tuple[datetime, str]]:
    """What the coins were spent on. Queries: 1."""
    spent = Earning.objects.filter(lot__order_reference=str(order.pk), coins__gt=0)
    return [
        (
            earning.transaction.created_at,
            f"spent {earning.coins:,} of these coins ({earning.get_source_display().lower()})"
            + (f' in "{earning.stream.title}"' if earning.stream else ""),
        )
        for earning in spent.select_related("transaction", "stream").order_by("id")[:LISTED]
    ]
