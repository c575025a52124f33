from rest_framework import serializers

from core.api.serializers import QueryIn
from payments.api.serializers import CurrencyField, OrderOut
from payments.orders.sources import PLATFORMS, SOURCES, STRIPE
from payments.tickets.models import PREVIEW_SECONDS, TicketState, VoidReason

# What a database can hold; the services say what is really taken.
MOST = 10**9


class PriceIn(serializers.Serializer[object]):
    """In money, in coins, or in either."""

    amount = serializers.IntegerField(
        required=False,
        allow_null=True,
        min_value=-MOST,
        max_value=MOST,
        help_text="In minor units: 0.50 to 999.99.",
    )
    currency = CurrencyField(required=False, allow_blank=True)
    coins = serializers.IntegerField(required=False, allow_null=True, min_value=-MOST, max_value=MOST)
    pay_what_you_want = serializers.BooleanField(
        required=False, default=False, help_text="The price is the least then."
    )
    preview_seconds = serializers.IntegerField(
        required=False,
        default=PREVIEW_SECONDS,
        min_value=-MOST,
        max_value=MOST,
        help_text="What everybody may see for nothing, once; 0 is nothing.",
    )


class PriceAskedIn(QueryIn):
    promo_code = serializers.CharField(required=False, max_length=40)


class SplitOut(serializers.Serializer[object]):
    """Who will probably get what of the amount; processing is known once it is paid."""

    gross = serializers.IntegerField()
    platform = serializers.IntegerField()
    processing = serializers.IntegerField()
    creator = serializers.IntegerField()


class CodeTakenOffOut(serializers.Serializer[object]):
    code = serializers.CharField()
    percent = serializers.IntegerField(allow_null=True)
    amount = serializers.IntegerField(allow_null=True)


class PriceOut(serializers.Serializer[object]):
    amount = serializers.IntegerField(
        allow_null=True, help_text="In minor units, with the code taken off; null when not sold for money."
    )
    currency = serializers.CharField(allow_blank=True)
    coins = serializers.IntegerField(allow_null=True, help_text="null when not sold for coins.")
    pay_what_you_want = serializers.BooleanField()
    preview_seconds = serializers.IntegerField()
    full_amount = serializers.IntegerField(allow_null=True, help_text="Without a code.")
    full_coins = serializers.IntegerField(allow_null=True)
    promo = CodeTakenOffOut(allow_null=True)
    split = SplitOut(allow_null=True)


class TicketBuyIn(serializers.Serializer[object]):
    amount = serializers.IntegerField(
        required=False,
        allow_null=True,
        min_value=-MOST,
        max_value=MOST,
        help_text="What you want to pay, where that is up to you: minor units, or coins. The least if not said.",
    )
    currency = CurrencyField(required=False, allow_blank=True)
    promo_code = serializers.CharField(required=False, allow_blank=True, max_length=40)
    request_id = serializers.UUIDField(help_text="The same again is the same purchase.")


# ``with`` is a word of Python's.
TicketBuyIn._declared_fields["with"] = serializers.ChoiceField(choices=["money", "coins"])


class StreamTicketOut(serializers.Serializer[object]):
    id = serializers.UUIDField()
    stream_id = serializers.UUIDField()
    state = serializers.ChoiceField(choices=TicketState.choices)
    amount = serializers.IntegerField(help_text="What it cost: minor units, or coins; 0 by a code.")
    currency = serializers.CharField(allow_blank=True, help_text="`coin` for coins.")
    promo_code = serializers.CharField(allow_null=True)
    order_id = serializers.UUIDField(allow_null=True)
    receipt_id = serializers.UUIDField(allow_null=True)
    made_at = serializers.DateTimeField()
    used_at = serializers.DateTimeField(allow_null=True, help_text="When the picture had really come.")
    elsewhere = serializers.BooleanField(
        help_text="Another device holds it: take it over to watch on this one."
    )
    void_at = serializers.DateTimeField(allow_null=True)
    void_reason = serializers.ChoiceField(choices=VoidReason.choices, allow_blank=True)
    gives_back = serializers.BooleanField(help_text="Its price goes back, or went.")


class MyTicketOut(serializers.Serializer[object]):
    ticket = StreamTicketOut(allow_null=True, help_text="One that lets in.")
    last = StreamTicketOut(allow_null=True, help_text="Without one: what became of the newest.")


class TicketBoughtOut(serializers.Serializer[object]):
    """Either a ticket, or an order and where to pay it."""

    order = OrderOut(allow_null=True)
    url = serializers.CharField(allow_null=True, help_text="The page of the provider on which to pay.")
    ticket = StreamTicketOut(allow_null=True)


class TicketIntentIn(serializers.Serializer[object]):
    amount = serializers.IntegerField(
        required=False,
        allow_null=True,
        min_value=-MOST,
        max_value=MOST,
        help_text="What you want to pay, where that is up to you: minor units. The least if not said.",
    )
    currency = CurrencyField(required=False, allow_blank=True)
    promo_code = serializers.CharField(required=False, allow_blank=True, max_length=40)
    source = serializers.ChoiceField(choices=SOURCES, required=False, default=STRIPE)  # type: ignore[assignment]
    platform = serializers.ChoiceField(choices=PLATFORMS, required=False)


class TicketIntentOut(serializers.Serializer[object]):
    """Either a ticket, or an order and what the provider's library in the app needs to have it paid."""

    order = OrderOut(allow_null=True)
    client_secret = serializers.CharField(allow_null=True, help_text="For this buyer only.")
    publishable_key = serializers.CharField()
    ticket = StreamTicketOut(allow_null=True)


class PromoCodeIn(serializers.Serializer[object]):
    code = serializers.CharField(max_length=40, help_text="3 to 24 letters, digits, - or _; capitals or not.")
    percent = serializers.IntegerField(required=False, allow_null=True, min_value=-MOST, max_value=MOST)
    amount = serializers.IntegerField(
        required=False, allow_null=True, min_value=-MOST, max_value=MOST, help_text="Instead: in minor units."
    )
    currency = CurrencyField(
        required=False, allow_blank=True, help_text="Of the amount; that of the price if not said."
    )
    uses_most = serializers.IntegerField(
        required=False,
        allow_null=True,
        min_value=-MOST,
        max_value=MOST,
        help_text="null is as often as wanted.",
    )
    expires_at = serializers.DateTimeField(required=False, allow_null=True)
    everywhere = serializers.BooleanField(
        required=False, default=False, help_text="At all your streams, not only at this one."
    )


class PromoCodeOut(serializers.Serializer[object]):
    id = serializers.UUIDField()
    code = serializers.CharField()
    percent = serializers.IntegerField(allow_null=True)
    amount = serializers.IntegerField(allow_null=True)
    currency = serializers.CharField(allow_blank=True)
    uses = serializers.IntegerField(help_text="By those who have a ticket by it, or still may pay for one.")
    uses_most = serializers.IntegerField(allow_null=True)
    expires_at = serializers.DateTimeField(allow_null=True)
    revoked_at = serializers.DateTimeField(allow_null=True)
    everywhere = serializers.BooleanField()


class PromoCodesOut(serializers.Serializer[object]):
    results = PromoCodeOut(many=True)
