from typing import Any

from rest_framework import serializers

from core.api.serializers import QueryIn
from payments.orders.models import Flow, OrderState, Purpose, ReceiptKind, RefundState
from payments.orders.sources import PLATFORMS, SOURCES, STRIPE
from payments.returning import LONGEST, own_path

# What a database can hold; prices say how many are really sold.
MOST_COINS = 10**8


class CurrencyField(serializers.RegexField):
    """ISO 4217 in small letters."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(r"^[a-z]{3}$", **kwargs)


class CapabilitiesIn(QueryIn):
    platform = serializers.ChoiceField(choices=PLATFORMS, required=False, default="web")


class SourceOut(serializers.Serializer[object]):
    name = serializers.ChoiceField(choices=SOURCES)
    available = serializers.BooleanField()
    flows = serializers.ListField(child=serializers.ChoiceField(choices=Flow.values))
    reason = serializers.CharField(help_text="Why not; empty when it is available.")


class CapabilitiesOut(serializers.Serializer[object]):
    platform = serializers.ChoiceField(choices=PLATFORMS)
    payments = serializers.ChoiceField(
        choices=["stripe", "sandbox", "off"], help_text="In the sandbox no real money is moved: say so."
    )
    sources = SourceOut(many=True)
    sells = serializers.ListField(
        child=serializers.ChoiceField(choices=Purpose.values), help_text="What may be bought here."
    )
    currencies = serializers.ListField(child=serializers.CharField())
    least_amount = serializers.IntegerField(help_text="In minor units.")
    most_amount = serializers.IntegerField()
    publishable_key = serializers.CharField(help_text="For the provider's library in an app.")
    provider_address = serializers.CharField(
        help_text="Where that library asks, when it is not the provider itself."
    )


class PacksIn(QueryIn):
    currency = CurrencyField(required=False, help_text="The books' currency if not said.")
    coins = serializers.IntegerField(
        required=False, min_value=1, max_value=MOST_COINS, help_text="What exactly so many cost, as `exact`."
    )


class PackOut(serializers.Serializer[object]):
    id = serializers.IntegerField()
    coins = serializers.IntegerField()
    amount = serializers.IntegerField(help_text="In minor units.")
    currency = serializers.CharField()


class ExactOut(serializers.Serializer[object]):
    coins = serializers.IntegerField()
    amount = serializers.IntegerField(help_text="In minor units.")
    currency = serializers.CharField()


class PacksOut(serializers.Serializer[object]):
    currency = serializers.CharField()
    packs = PackOut(many=True)
    exact = ExactOut(allow_null=True, help_text="Null unless `coins` was said and so many are sold.")


class CoinsOrderIn(serializers.Serializer[object]):
    """Either a pack, or as many coins as one is short of."""

    pack = serializers.IntegerField(required=False, min_value=1)
    coins = serializers.IntegerField(required=False, min_value=1, max_value=MOST_COINS)
    currency = CurrencyField()
    source = serializers.ChoiceField(choices=SOURCES, required=False, default=STRIPE)  # type: ignore[assignment]
    platform = serializers.ChoiceField(choices=PLATFORMS, required=False)
    next = serializers.CharField(
        required=False,
        max_length=LONGEST,
        help_text="A path of this site, where the buyer is led once it is paid on a page of the provider.",
    )

    def validate_next(self, value: str) -> str:
        if not own_path(value):
            raise serializers.ValidationError("A path of this site, such as /live.")
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("pack" in attrs) == ("coins" in attrs):
            raise serializers.ValidationError({"pack": ["Name a pack, or a number of coins; not both."]})
        return attrs


class RefundOut(serializers.Serializer[object]):
    id = serializers.UUIDField()
    state = serializers.ChoiceField(choices=RefundState.choices)
    amount = serializers.IntegerField()
    coins = serializers.IntegerField()
    asked_at = serializers.DateTimeField()


class OrderReceiptOut(serializers.Serializer[object]):
    id = serializers.UUIDField()
    code = serializers.CharField()
    kind = serializers.ChoiceField(choices=ReceiptKind.choices)


class OrderOut(serializers.Serializer[object]):
    id = serializers.UUIDField()
    purpose = serializers.ChoiceField(choices=Purpose.choices)
    state = serializers.ChoiceField(choices=OrderState.choices)
    title = serializers.CharField()
    amount = serializers.IntegerField(help_text="In minor units.")
    currency = serializers.CharField()
    coins = serializers.IntegerField(allow_null=True)
    needs_action = serializers.BooleanField(help_text="The payer's bank waits for the payer.")
    declined = serializers.CharField(help_text="Why the newest card was refused; empty if none was.")
    card = serializers.CharField(help_text="Such as `visa 4242`, once it is paid.")
    refunded = serializers.IntegerField(help_text="Of the amount, what came or comes back.")
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    closed_at = serializers.DateTimeField(allow_null=True)
    receipts = OrderReceiptOut(many=True)
    refunds = RefundOut(many=True)


class OrderPageOut(serializers.Serializer[object]):
    next = serializers.URLField(allow_null=True, help_text="Of the next page.")
    previous = serializers.URLField(allow_null=True)
    results = OrderOut(many=True)


class CheckoutOut(serializers.Serializer[object]):
    order = OrderOut()
    url = serializers.CharField(help_text="The page of the provider on which to pay; for this buyer only.")


class IntentOut(serializers.Serializer[object]):
    order = OrderOut()
    client_secret = serializers.CharField(
        help_text="For the provider's library in the app; for this buyer only."
    )
    publishable_key = serializers.CharField()


class SellerOut(serializers.Serializer[object]):
    name = serializers.CharField()
    address = serializers.CharField()
    tax_id = serializers.CharField()


class ReceiptOut(serializers.Serializer[object]):
    id = serializers.UUIDField()
    code = serializers.CharField(help_text="Its number, without gaps: R-… of receipts, C-… of credit notes.")
    kind = serializers.ChoiceField(choices=ReceiptKind.choices)
    order_id = serializers.UUIDField()
    title = serializers.CharField()
    currency = serializers.CharField()
    gross = serializers.IntegerField(help_text="In minor units; net and tax add up to it.")
    net = serializers.IntegerField()
    tax = serializers.IntegerField()
    tax_name = serializers.CharField()
    tax_basis_points = serializers.IntegerField(help_text="Of the net: 2000 is 20 %.")
    seller = SellerOut()
    issued_at = serializers.DateTimeField()


class ReceiptPageOut(serializers.Serializer[object]):
    next = serializers.URLField(allow_null=True, help_text="Of the next page.")
    previous = serializers.URLField(allow_null=True)
    results = ReceiptOut(many=True)


class SpendingOut(serializers.Serializer[object]):
    currency = serializers.CharField()
    limit = serializers.IntegerField(help_text="Of any 24 hours, in minor units.")
    spent = serializers.IntegerField(help_text="Orders that wait count too.")
    left = serializers.IntegerField()
    own = serializers.IntegerField(allow_null=True, help_text="What you set; null is the default.")
    own_next = serializers.IntegerField(allow_null=True, help_text="What holds from `own_next_from`.")
    own_next_from = serializers.DateTimeField(allow_null=True)


class SpendingIn(serializers.Serializer[object]):
    own = serializers.IntegerField(
        min_value=0,
        max_value=10**9,
        allow_null=True,
        help_text="Less holds at once, more a day later; null goes back to the default.",
    )
