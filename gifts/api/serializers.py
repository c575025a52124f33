"""What the API takes and gives for gifts."""

from rest_framework import serializers

from core.api.serializers import QueryIn
from gifts.goals import TARGET_MOST, TITLE_MOST
from gifts.models import Animation, Board, Rarity
from gifts.services import QUANTITY_MOST


class GiftOut(serializers.Serializer[object]):
    sku = serializers.CharField()
    name = serializers.CharField()
    price_coins = serializers.IntegerField()
    worth = serializers.IntegerField(
        help_text="What its coins are worth to a creator, before the platform's part, in minor units of `currency`."
    )
    price = serializers.IntegerField(
        help_text="What its coins cost whoever buys them at `rate`, in minor units of `currency`."
    )
    currency = serializers.CharField()
    animation = serializers.ChoiceField(choices=Animation.choices)
    rarity = serializers.ChoiceField(choices=Rarity.choices)


class CoinsRateOut(serializers.Serializer[object]):
    coins = serializers.IntegerField()
    amount = serializers.IntegerField(help_text="In minor units.")
    currency = serializers.CharField()


class WalletOut(serializers.Serializer[object]):
    balance_coins = serializers.IntegerField()
    frozen = serializers.BooleanField(help_text="Nothing can be bought or sent.")


class CatalogueOut(serializers.Serializer[object]):
    gifts = GiftOut(many=True)
    rate = CoinsRateOut(help_text="What coins cost in the pack that is dearest by the coin.")
    wallet = WalletOut(allow_null=True, help_text="Yours; null for those without an account.")
    payments = serializers.ChoiceField(
        choices=["stripe", "sandbox", "off"], help_text="In the sandbox no real money is moved: say so."
    )


class GiftSendIn(serializers.Serializer[object]):
    gift = serializers.SlugField(max_length=30, help_text="Its `sku`.")
    quantity = serializers.IntegerField(min_value=1, max_value=QUANTITY_MOST, default=1)
    request_id = serializers.UUIDField(help_text="Your own name for it; the same again is the same gift.")
    anonymous = serializers.BooleanField(default=False, help_text="Whether nobody is told who it was.")


class GiftSendOut(serializers.Serializer[object]):
    id = serializers.UUIDField()
    gift = serializers.CharField()
    quantity = serializers.IntegerField()
    coins = serializers.IntegerField(help_text="Of all of them together.")
    anonymous = serializers.BooleanField()
    at = serializers.DateTimeField()
    balance_coins = serializers.IntegerField(help_text="What is left in the wallet now.")


class LeaderboardIn(QueryIn):
    board = serializers.ChoiceField(
        choices=Board.choices,
        default=Board.STREAM,
        help_text="Of this stream, or of its creator: this `week`, or `ever`.",
    )


class SpanIn(QueryIn):
    span = serializers.ChoiceField(
        choices=[Board.WEEK.value, Board.EVER.value],
        default=Board.WEEK.value,
        help_text="This week, or all time.",
    )


class GiverOut(serializers.Serializer[object]):
    id = serializers.UUIDField()
    username = serializers.CharField()
    display_name = serializers.CharField()
    avatar_url = serializers.CharField(allow_null=True)


class PlaceOut(serializers.Serializer[object]):
    person = GiverOut(allow_null=True, help_text="Null for somebody who gave without a name.")
    coins = serializers.IntegerField()


class MineOut(serializers.Serializer[object]):
    place = serializers.IntegerField(
        allow_null=True, help_text="From 1; null when it is beyond the thousandth."
    )
    coins = serializers.IntegerField()


class LeaderboardOut(serializers.Serializer[object]):
    places = PlaceOut(many=True)
    you = MineOut(allow_null=True, help_text="Null for somebody who is not on it, or not signed in.")


class GoalIn(serializers.Serializer[object]):
    title = serializers.CharField(max_length=TITLE_MOST)
    target_coins = serializers.IntegerField(min_value=1, max_value=TARGET_MOST)


class GoalOut(serializers.Serializer[object]):
    id = serializers.UUIDField(
        allow_null=True, help_text="Null when there is no goal; then the rest says nothing."
    )
    title = serializers.CharField(allow_blank=True)
    target_coins = serializers.IntegerField()
    coins = serializers.IntegerField(help_text="Given since it was set, as of the last second.")
    reached_at = serializers.DateTimeField(allow_null=True)
