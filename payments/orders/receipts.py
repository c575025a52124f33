"""Receipts and credit notes: numbered without gaps, and never changed once they are written."""

from django.conf import settings
from django.utils import timezone

from payments.orders.models import Order, Receipt, ReceiptKind, ReceiptSeries, Refund
from payments.rounding import share

ALL_BASIS_POINTS = 10_000


def receipt_issue(*, order: Order) -> Receipt:
    """For a payment, in its transaction. Locks: the series until commit. Queries: 3."""
    return _issue(ReceiptKind.RECEIPT, order=order, gross=order.amount, title=order.title)


def credit_note_issue(*, refund: Refund) -> Receipt:
    """For money that came back, with the tax that its receipt had. Locks: the series until commit. Queries: 4."""
    order = refund.payment.order
    receipt = Receipt.objects.get(order=order, kind=ReceiptKind.RECEIPT)
    title = f"{refund.coins:,} of {order.title}" if refund.coins else order.title
    return _issue(
        ReceiptKind.CREDIT_NOTE, order=order, gross=refund.amount, title=title, refund=refund, like=receipt
    )


def _issue(
    kind: ReceiptKind,
    *,
    order: Order,
    gross: int,
    title: str,
    refund: Refund | None = None,
    like: Receipt | None = None,
) -> Receipt:
    points = like.tax_basis_points if like else settings.TAX_BASIS_POINTS
    tax = share(gross, points, ALL_BASIS_POINTS + points)
    return Receipt.objects.create(
        kind=kind,
        number=_next_number(kind),
        order=order,
        refund=refund,
        title=title,
        currency=order.currency,
        gross=gross,
        net=gross - tax,
        tax=tax,
        tax_name=like.tax_name if like else settings.TAX_NAME,
        tax_basis_points=points,
        seller=like.seller
        if like
        else {
            "name": settings.SELLER_NAME,
            "address": settings.SELLER_ADDRESS,
            "tax_id": settings.SELLER_TAX_ID,
        },
        issued_at=timezone.now(),
    )


def _next_number(kind: ReceiptKind) -> int:
    ReceiptSeries.objects.bulk_create([ReceiptSeries(kind=kind)], ignore_conflicts=True)
    series = ReceiptSeries.objects.select_for_update(no_key=True).get(pk=kind)
    series.last += 1
    series.save(update_fields=["last"])
    return series.last
