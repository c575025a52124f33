from datetime import timedelta
from typing import Any

from rest_framework import serializers

from core.api.serializers import QueryIn
from payments.creators.figures import DAYS_MOST
from payments.models import EarningSource


class FiguresOut(serializers.Serializer[object]):
    """In minor units of the currency that is named beside it."""

    payments = serializers.IntegerField()
    coins = serializers.IntegerField(help_text="What gifts and tickets cost in coins, as far as it stands.")
    gross = serializers.IntegerField(help_text="What was paid: platform + processing + yours.")
    platform = serializers.IntegerField()
    processing = serializers.IntegerField()
    yours = serializers.IntegerField()
    taken_back = serializers.IntegerField(help_text="Of yours, by disputes and refunds.")
    kept = serializers.IntegerField(help_text="yours - taken_back")
    pending = serializers.IntegerField(help_text="On hold now.")
    released = serializers.IntegerField(help_text="Came off hold: became available, or paid what you owed.")


class SourceFiguresOut(FiguresOut):
    source = serializers.ChoiceField(choices=EarningSource.choices)  # type: ignore[assignment]


class ReleaseOut(serializers.Serializer[object]):
    on = serializers.DateField(allow_null=True, help_text="In UTC; null while its stream is not over.")
    amount = serializers.IntegerField()


class EarningsOut(serializers.Serializer[object]):
    currency = serializers.CharField()
    pending = serializers.IntegerField(help_text="Earned and on hold, in minor units.")
    available = serializers.IntegerField(help_text="Earned, may be paid out.")
    owed = serializers.IntegerField(
        help_text="Taken back beyond what was on hold; what comes off hold pays it first."
    )
    total = FiguresOut(help_text="Of all time.")
    sources = SourceFiguresOut(many=True)
    without_stream = SourceFiguresOut(
        many=True, help_text="Of these, what is not in any stream: what was given again after a dispute, too."
    )
    releases = ReleaseOut(many=True, help_text="What comes off hold, the next first.")


class EarningsPeriodIn(QueryIn):
    """Both days are included."""

    def get_fields(self) -> dict[str, Any]:
        """One of the names is a word of Python's."""
        return {"from": serializers.DateField(), "to": serializers.DateField()}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["to"] < attrs["from"]:
            raise serializers.ValidationError({"to": ["Not before the first day."]})
        if attrs["to"] - attrs["from"] >= timedelta(days=DAYS_MOST):
            raise serializers.ValidationError({"from": [f"{DAYS_MOST} days at most."]})
        return attrs


class EarningsDayOut(SourceFiguresOut):
    date = serializers.DateField(help_text="In UTC.")


class EarningsDaysOut(serializers.Serializer[object]):
    currency = serializers.CharField()
    days = EarningsDayOut(many=True, help_text="Each day and source with anything, oldest first.")


class EarningsStreamOut(serializers.Serializer[object]):
    id = serializers.UUIDField()
    title = serializers.CharField()
    started_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    currency = serializers.CharField()
    total = FiguresOut()
    sources = SourceFiguresOut(many=True)


class EarningsStreamPageOut(serializers.Serializer[object]):
    next = serializers.URLField(allow_null=True, help_text="Of the next page.")
    previous = serializers.URLField(allow_null=True)
    results = EarningsStreamOut(many=True)


class StreamEarningsOut(serializers.Serializer[object]):
    """As the event `earnings:changed` of the studio's socket."""

    stream_id = serializers.UUIDField()
    currency = serializers.CharField()
    pending = serializers.IntegerField(help_text="On hold of what this stream earned, in minor units.")
    gifts = serializers.IntegerField(
        help_text="Your part of gifts, less what was taken back; so the next two."
    )
    tips = serializers.IntegerField()
    tickets = serializers.IntegerField()
    coins = serializers.IntegerField(help_text="What the gifts cost in coins.")
