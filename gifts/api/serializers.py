"""What the API takes and gives for gifts."""

from rest_framework import serializers

from core.api.serializers import QueryIn
from gifts.models import Animation, Board, Rarity
from gifts.services import QUANTITY_MOST


class GiftOut(serializers.Serializer[object]):
    sku = serializers.CharField()
    name = serializers.CharField()
    price_coins = serializers.IntegerField()
    worth = serializers.IntegerField(
        help_text="What its coins are worth to a creator, before the platform's part, in minor units of `currency`."
    )
    currency = serializers.CharField()
    animation = serializers.ChoiceField(choices=Animation.choices)
    rarity = serializers.ChoiceField(choices=Rarity.choices)


class CatalogueOut(serializers.Serializer[object]):
    gifts = GiftOut(many=True)


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


class GiverOut(serializers.Serializer[object]):
    id = serializers.UUIDField()
    username = serializers.CharField()
    display_name = serializers.CharField()
    avatar_url = serializers.CharField(allow_null=True)


class PlaceOut(serializers.Serializer[object]):
    person = GiverOut(allow_null=True, help_text="Null for somebody who gave without a name.")
    coins = serializers.IntegerField()


class LeaderboardOut(serializers.Serializer[object]):
    places = PlaceOut(many=True)
