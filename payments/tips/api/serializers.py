from rest_framework import serializers

from core.api.serializers import QueryIn
from payments.api.serializers import CurrencyField, OrderOut
from payments.orders.sources import PLATFORMS, SOURCES, STRIPE

# Beyond what any tip may say; how much one may say follows from its amount.
MESSAGE_MOST = 2000


class TipPriceIn(QueryIn):
    currency = CurrencyField(required=False, help_text="The books' currency if not said.")


class TipTierOut(serializers.Serializer[object]):
    tier = serializers.IntegerField()
    least = serializers.IntegerField(help_text="In minor units of the currency asked for.")
    characters = serializers.IntegerField(help_text="What a message may have.")
    pinned_seconds = serializers.IntegerField()


class TipAmountOut(serializers.Serializer[object]):
    amount = serializers.IntegerField()
    platform = serializers.IntegerField()
    processing = serializers.IntegerField(help_text="As far as one can know before it is paid.")
    creator = serializers.IntegerField()
    tier = serializers.IntegerField()


class TipPriceOut(serializers.Serializer[object]):
    payments = serializers.ChoiceField(choices=["stripe", "sandbox", "off"])
    currency = serializers.CharField()
    currencies = serializers.ListField(child=serializers.CharField())
    least = serializers.IntegerField(help_text="In minor units.")
    most = serializers.IntegerField()
    fee_percent = serializers.IntegerField(help_text="The platform's part.")
    processing_per_mille = serializers.IntegerField()
    processing_fixed = serializers.IntegerField()
    amounts = TipAmountOut(many=True, help_text="To be offered beside a field for any other.")
    tiers = TipTierOut(many=True, help_text="The lowest first.")


class TipIn(serializers.Serializer[object]):
    amount = serializers.IntegerField(min_value=1, max_value=10**9, help_text="In minor units.")
    currency = CurrencyField()
    message = serializers.CharField(
        required=False,
        default="",
        allow_blank=True,
        max_length=MESSAGE_MOST,
        trim_whitespace=False,
        help_text="How long it may be says the tier.",
    )
    anonymous = serializers.BooleanField(required=False, default=False, help_text="The chat says no name.")
    source = serializers.ChoiceField(choices=SOURCES, required=False, default=STRIPE)  # type: ignore[assignment]
    platform = serializers.ChoiceField(choices=PLATFORMS, required=False)


class TipOut(serializers.Serializer[object]):
    order = OrderOut()
    stream_id = serializers.UUIDField()
    message = serializers.CharField()
    anonymous = serializers.BooleanField()
    tier = serializers.IntegerField()


class TakeDownIn(serializers.Serializer[object]):
    reason = serializers.CharField(required=False, default="", allow_blank=True, max_length=200)
