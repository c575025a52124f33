"""What the API takes and gives for bans, timeouts, warnings and requests to be let back."""

from rest_framework import serializers

from accounts.api.serializers import UserCardOut
from core.api.fields import PlainCharField
from core.api.pagination import PageIn
from core.search import TEXT_MAX as SEARCH_MAX
from moderation.bans.models import UnbanRequest
from moderation.bans.services import TEXT_MAX, TIMEOUT_SECONDS, TIMEOUT_SECONDS_MOST


class BansIn(PageIn):
    kind = serializers.ChoiceField(choices=["ban", "timeout"], required=False, help_text="Both if not said.")
    q = PlainCharField(
        required=False, max_length=SEARCH_MAX, help_text="A part of their name, or of the reason."
    )


class BanIn(serializers.Serializer[object]):
    reason = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=TEXT_MAX, help_text="They are told."
    )
    purge = serializers.BooleanField(
        required=False, default=False, help_text="Take away what they said in streams that are on."
    )
    with_networks = serializers.BooleanField(
        required=False,
        default=False,
        help_text="Keep out whoever comes with their network or browser too, for 30 days; for lead moderators.",
    )


class TimeoutIn(serializers.Serializer[object]):
    seconds = serializers.IntegerField(
        required=False,
        default=TIMEOUT_SECONDS,
        min_value=1,
        max_value=TIMEOUT_SECONDS_MOST,
        help_text="From now, whatever is left of another; 1 ends it.",
    )
    reason = serializers.CharField(required=False, default="", allow_blank=True, max_length=TEXT_MAX)


class WarningIn(serializers.Serializer[object]):
    reason = serializers.CharField(max_length=TEXT_MAX, help_text="They are told.")


class BanOut(serializers.Serializer[object]):
    user = UserCardOut()
    until = serializers.DateTimeField(allow_null=True, help_text="Of a timeout; null for a ban.")
    reason = serializers.CharField()
    by = UserCardOut(allow_null=True, help_text="null for a rule, and for who was deleted.")
    created_at = serializers.DateTimeField()


class BanListedOut(BanOut):
    networks = serializers.IntegerField(help_text="Networks and browsers that are kept out with them.")
    asked = serializers.ChoiceField(
        choices=UnbanRequest.State.choices, allow_null=True, help_text="What became of their request."
    )


class BanPageOut(serializers.Serializer[object]):
    next = serializers.URLField(allow_null=True, help_text="Of the next page.")
    previous = serializers.URLField(allow_null=True)
    results = BanListedOut(many=True)


class TimeoutOut(serializers.Serializer[object]):
    until = serializers.DateTimeField(allow_null=True, help_text="null: they may write.")


class CautionOut(serializers.Serializer[object]):
    id = serializers.UUIDField()
    reason = serializers.CharField()
    created_at = serializers.DateTimeField()
    read_at = serializers.DateTimeField(allow_null=True)


class UnbanAskIn(serializers.Serializer[object]):
    text = serializers.CharField(max_length=TEXT_MAX)


class UnbanRequestsIn(PageIn):
    state = serializers.ChoiceField(
        choices=UnbanRequest.State.choices, required=False, help_text="All if not said."
    )


class UnbanAnswerIn(serializers.Serializer[object]):
    approve = serializers.BooleanField(help_text="Whether the ban is lifted.")
    answer = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=TEXT_MAX, help_text="They are told."
    )


class UnbanRequestOut(serializers.Serializer[object]):
    id = serializers.UUIDField()
    text = serializers.CharField()
    state = serializers.ChoiceField(choices=UnbanRequest.State.choices)
    answer = serializers.CharField()
    created_at = serializers.DateTimeField()
    answered_at = serializers.DateTimeField(allow_null=True)


class UnbanRequestListedOut(UnbanRequestOut):
    user = UserCardOut()
    reason = serializers.CharField(allow_null=True, help_text="Of the ban; null once it is lifted.")
    answered_by = UserCardOut(allow_null=True)


class UnbanRequestPageOut(serializers.Serializer[object]):
    next = serializers.URLField(allow_null=True, help_text="Of the next page.")
    previous = serializers.URLField(allow_null=True)
    results = UnbanRequestListedOut(many=True)
