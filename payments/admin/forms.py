"""What staff fill in, and what they are told when it cannot be done."""

import re
from typing import Any

from django import forms

from core.admin import ReasonForm
from core.errors import DomainError
from payments.money import WITHOUT_DECIMALS, money_digits, money_text
from payments.orders.models import Order
from payments.staff.evidence import FIELDS, MOST_CHARACTERS


class MoneyField(forms.CharField):
    """``10.61`` of a currency with cents as 1061: digits and a point, nothing that a float would have to guess."""

    def __init__(self, *, currency: str, **kwargs: Any) -> None:
        super().__init__(max_length=12, **kwargs)
        self.currency = currency

    def clean(self, value: Any) -> int:
        text = super().clean(value)
        cents = 0 if self.currency in WITHOUT_DECIMALS else 2
        match = re.fullmatch(r"([0-9]{1,8})(?:\.([0-9]{1,2}))?", text)
        if match is None or (match[2] and not cents):
            raise forms.ValidationError(f"An amount such as {money_digits(1061, self.currency)}.")
        return int(match[1] + (match[2] or "").ljust(cents, "0"))


class RefundForm(ReasonForm):
    """``left`` is what has not gone back yet."""

    include_spent = forms.BooleanField(
        required=False,
        label="Also what was spent",
        help_text="Takes it back from those who earned it: first what is pending, then as debt, then from us.",
    )

    def __init__(self, data: Any = None, *, order: Order, left: int, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.fields["amount"] = MoneyField(
            currency=order.currency,
            initial=money_digits(left, order.currency),
            label=f"Amount in {order.currency.upper()}",
        )
        if not order.coins:
            del self.fields["include_spent"]
        self.order_fields(["amount", "include_spent", "reason"])

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        given.setdefault("include_spent", False)
        return given


class FreezeForm(ReasonForm):
    """The reason is for staff; what the owner of the wallet reads is written for them."""

    told = forms.CharField(
        max_length=300,
        required=False,
        label="What the person reads",
        help_text="On their wallet's page, beside whom to ask. Empty: that staff are looking into it.",
    )


class EvidenceForm(forms.Form):
    """The provider's texts, under our names for them."""

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        for name, field in FIELDS.items():
            widget = forms.Textarea(attrs={"rows": 8, "cols": 100}) if field.is_long else forms.TextInput()
            self.fields[name] = forms.CharField(
                label=field.label,
                help_text=field.help,
                required=False,
                max_length=MOST_CHARACTERS,
                widget=widget,
            )


_TOLD = {
    "not_paid": "It is not paid.",
    "disputed": "It is disputed: the bank decides about the money.",
    "given_back": "All of it went back already.",
    "spent": "All of its coins are spent. Tick the box to take them back from those who earned it.",
    "worth_nothing": "What is unspent is worth less than the smallest coin.",
    "not_frozen": "It is not frozen.",
    "own": "It is yours: somebody else has to decide.",
    "frozen": "It is frozen already.",
    "erased": "The person is gone; nobody spends what they left.",
    "sent": "Evidence was handed in: nothing more can be said.",
    "closed": "The dispute is closed.",
    "late": "The deadline is over.",
}


def told(refused: DomainError, currency: str = "") -> str:
    """Why it was not done, for staff."""
    details = refused.details
    if "reason" in details and details["reason"] in _TOLD:
        return _TOLD[details["reason"]]
    if refused.code == "amount_invalid" and "left" in details and currency:
        return f"At most {money_text(details['left'], currency)} can go back so."
    return {
        "wallet_frozen": "The wallet is frozen. Decide about that first.",
        "request_waits": "A refund of this order waits for a second person already.",
        "request_decided": f"It was decided meanwhile: {details.get('state')}.",
        "second_person_needed": "Somebody else has to decide.",
        "payment_provider_failed": f"The provider does not take it: {getattr(refused, 'reason', '')}.",
    }.get(refused.code, refused.code)
