"""What the API takes and gives for messages that wait for the team."""

from rest_framework import serializers

from core.api.pagination import PageIn
from moderation.held.models import HeldState


class HeldIn(PageIn):
    stream = serializers.UUIDField(required=False, help_text="Of this stream only.")


class HeldAuthorOut(serializers.Serializer[object]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    role = serializers.CharField(help_text="As in `chat:message`.")


class HeldOut(serializers.Serializer[object]):
    id = serializers.UUIDField(help_text="What the message will be called if it is approved.")
    stream = serializers.UUIDField()
    user = HeldAuthorOut()
    text = serializers.CharField()
    reason = serializers.CharField(help_text='"term", "link", or what automod took it for.')
    piece = serializers.CharField(help_text="The piece of the text that made it so.")
    at = serializers.DateTimeField()


class HeldPageOut(serializers.Serializer[object]):
    next = serializers.URLField(allow_null=True, help_text="Of the next page.")
    previous = serializers.URLField(allow_null=True)
    results = HeldOut(many=True)


class HeldDecideIn(serializers.Serializer[object]):
    approve = serializers.BooleanField(help_text="Whether it is said.")


class HeldDecidedOut(serializers.Serializer[object]):
    id = serializers.UUIDField()
    state = serializers.ChoiceField(
        choices=HeldState.choices, help_text="`dropped` where its author was put out meanwhile."
    )
