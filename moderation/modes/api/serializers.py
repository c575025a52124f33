"""What the API takes and gives for the modes of a chat."""

from rest_framework import serializers

from moderation.modes.models import LinkRule


class ChatModesIn(serializers.Serializer[object]):
    """What is left out stays as it is."""

    slow_seconds = serializers.IntegerField(
        required=False,
        allow_null=True,
        min_value=3,
        max_value=120,
        help_text="One message in so many seconds; null is off.",
    )
    followers_minutes = serializers.IntegerField(
        required=False,
        allow_null=True,
        min_value=0,
        max_value=90 * 1440,
        help_text="Only for who has followed for so long; 0 for all who follow, null is off.",
    )
    emote_only = serializers.BooleanField(required=False)
    links = serializers.ChoiceField(
        choices=LinkRule.choices, required=False, help_text="Of those who are no VIPs or moderators."
    )
    automod_level = serializers.IntegerField(required=False, min_value=0, max_value=4)


class ShieldSetOut(serializers.Serializer[object]):
    slow_seconds = serializers.IntegerField(allow_null=True)
    followers_minutes = serializers.IntegerField(allow_null=True)
    emote_only = serializers.BooleanField()
    links = serializers.ChoiceField(choices=LinkRule.choices)
    automod_level = serializers.IntegerField()


class ChatModesOut(ShieldSetOut):
    shield = serializers.BooleanField(help_text="Whether the strict set is in force.")
    shield_set = ShieldSetOut(help_text="What the shield puts in force.")
