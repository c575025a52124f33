"""What the API takes and gives for a channel's trail."""

from rest_framework import serializers

from core.api.pagination import PageIn
from moderation.history.selectors import Asked


class TrailIn(PageIn):
    action = serializers.CharField(
        required=False, max_length=60, help_text="As in an event: `person.banned`."
    )
    who = serializers.CharField(
        required=False, max_length=40, help_text="The username of who did it; `-` for what a rule did."
    )
    whom = serializers.CharField(
        required=False, max_length=40, help_text="The username of whom it was done to."
    )
    format = serializers.ChoiceField(
        choices=["json", "csv"], required=False, help_text="`csv` for a file of the newest 50,000 events."
    )

    def get_fields(self) -> dict[str, serializers.Field]:  # type: ignore[type-arg]
        # "from" cannot be the name of an attribute.
        fields = super().get_fields()
        fields["from"] = serializers.DateField(required=False, help_text="The first day, in UTC.")
        fields["to"] = serializers.DateField(required=False, help_text="The last day, in UTC.")
        return fields

    @property
    def asked(self) -> Asked:
        given = self.validated_data
        return Asked(
            action=given.get("action", ""),
            who=given.get("who", ""),
            whom=given.get("whom", ""),
            since=given.get("from"),
            until=given.get("to"),
        )


class TrailPersonOut(serializers.Serializer[object]):
    id = serializers.UUIDField()
    username = serializers.CharField()
    display_name = serializers.CharField()
    avatar_url = serializers.CharField(allow_null=True)


class TrailEventOut(serializers.Serializer[object]):
    """One thing that was done in a channel."""

    id = serializers.UUIDField()
    at = serializers.DateTimeField()
    action = serializers.CharField()
    by = TrailPersonOut(allow_null=True, help_text="Null for a rule.")
    whom = TrailPersonOut(allow_null=True)
    target = serializers.CharField(help_text="What it was done to: `user:<id>`, `message:<id>`.")
    reason = serializers.CharField(allow_blank=True)
    before = serializers.DictField(allow_null=True)
    after = serializers.DictField(allow_null=True)
    changes = serializers.CharField(allow_blank=True, help_text="From before to after, in words.")


class TrailPageOut(serializers.Serializer[object]):
    next = serializers.URLField(allow_null=True, help_text="Of the next page.")
    previous = serializers.URLField(allow_null=True)
    results = TrailEventOut(many=True)
