from django import template
from django.utils.translation import gettext as _

from payments.money import money_text
from payments.orders.models import Order, OrderState, RefundState

register = template.Library()


@register.filter
def money(amount: int, currency: str) -> str:
    """``{{ order.amount|money:order.currency }}``"""
    return money_text(amount, currency)


@register.filter
def grouped(number: int) -> str:
    """``{{ offer.coins|grouped }}``: 10000 as ``10,000``, as amounts of money are written."""
    return f"{number:,}"


@register.filter
def order_told(order: Order) -> str:
    """How an order stands, in words; also what of it came or comes back. Queries: none, of those of ``orders_of``."""
    told = str(order.get_state_display())
    if order.state != OrderState.PAID:
        return told
    refunds = order.payment.refunds.all()
    back = sum(refund.amount for refund in refunds if refund.state != RefundState.FAILED)
    if not back:
        return told
    return _("%(told)s, %(amount)s given back") % {"told": told, "amount": money_text(back, order.currency)}
