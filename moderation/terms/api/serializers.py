"""What the API takes and gives for terms."""

from rest_framework import serializers

from core.api.fields import PlainCharField
from moderation.terms.models import TermAction
from moderation.terms.services import TERMS_OF_CHANNEL, TEXT_MOST, TIMEOUT_MOST, TIMEOUT_USUAL


class TermActionIn(serializers.Serializer[object]):
    action = serializers.ChoiceField(choices=TermAction.choices, required=False, default=TermAction.BLOCK)
    timeout_seconds = serializers.IntegerField(
        required=False,
        min_value=1,
        max_value=TIMEOUT_MOST,
        help_text=f"For `timeout`; {TIMEOUT_USUAL} if not said.",
    )


class TermIn(TermActionIn):
    text = PlainCharField(max_length=TEXT_MOST, help_text="Whole words; a `*` at an end: within words too.")


class TermsPasteIn(TermActionIn):
    lines = serializers.ListField(
        child=PlainCharField(allow_blank=True), max_length=TERMS_OF_CHANNEL, help_text="One term each."
    )


class TermOut(serializers.Serializer[object]):
    id = serializers.UUIDField()
    text = serializers.CharField()
    action = serializers.ChoiceField(choices=TermAction.choices)
    timeout_seconds = serializers.IntegerField(allow_null=True)
    created_at = serializers.DateTimeField()


class TermsOut(serializers.Serializer[object]):
    most = serializers.IntegerField(help_text="So many terms a channel may have.")
    terms = TermOut(many=True)


class TermsPastedOut(serializers.Serializer[object]):
    added = TermOut(many=True)
    known = serializers.ListField(child=serializers.CharField(), help_text="What other terms find already.")
    refused = serializers.ListField(
        child=serializers.CharField(), help_text="Too long, or nothing to search for."
    )


class TryIn(serializers.Serializer[object]):
    text = PlainCharField(max_length=2000)


class TriedOut(serializers.Serializer[object]):
    becomes = serializers.ChoiceField(choices=["said", "masked", "held", "refused", "timed_out"])
    text = serializers.CharField(allow_blank=True, help_text="What others would read.")
    reason = serializers.CharField(
        allow_blank=True, help_text="`term`, `link`, or what automod takes it for; empty when it is said."
    )
    piece = serializers.CharField(allow_blank=True, help_text="What of the text made it so.")
    timeout_seconds = serializers.IntegerField(allow_null=True)
