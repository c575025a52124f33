from django import template

from payments.money import money_text

register = template.Library()


@register.filter
def money(amount: int, currency: str) -> str:
    """``{{ order.amount|money:order.currency }}``"""
    return money_text(amount, currency)
