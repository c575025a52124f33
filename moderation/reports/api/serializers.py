"""What the API takes and gives for reports, and for what people are told."""

from rest_framework import serializers

from moderation.reports.models import Appeal, Category, DecisionAction, Statement, Subject


class ReportIn(serializers.Serializer[object]):
    subject = serializers.ChoiceField(choices=Subject.choices)
    subject_id = serializers.UUIDField(help_text="Of a channel: its creator's user id.")
    category = serializers.ChoiceField(choices=Category.choices)
    note = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=4000,
        trim_whitespace=False,
        help_text="Up to 1,000 characters.",
    )


class ReportOut(serializers.Serializer[object]):
    """Something that I reported. Who else did is not told."""

    id = serializers.UUIDField()
    subject = serializers.ChoiceField(choices=Subject.choices)
    subject_id = serializers.UUIDField()
    category = serializers.ChoiceField(choices=Category.choices)
    note = serializers.CharField(allow_blank=True)
    state = serializers.ChoiceField(choices=["open", "decided"])
    created_at = serializers.DateTimeField()
    answer = serializers.CharField(allow_blank=True, help_text="Empty until it is decided.")
    answered_at = serializers.DateTimeField(allow_null=True)


class ReportPageOut(serializers.Serializer[object]):
    next = serializers.URLField(allow_null=True, help_text="Of the next page.")
    previous = serializers.URLField(allow_null=True)
    results = ReportOut(many=True)


class CaseOut(serializers.Serializer[object]):
    """Something of a channel that waits for staff, as its team reads it."""

    case_id = serializers.UUIDField()
    subject = serializers.ChoiceField(choices=Subject.choices)
    subject_id = serializers.UUIDField()
    category = serializers.ChoiceField(choices=Category.choices, help_text="The gravest that was named.")
    count = serializers.IntegerField(help_text="How many reported it.")
    at = serializers.DateTimeField(help_text="The last time.")
    stream_id = serializers.UUIDField(allow_null=True)
    text = serializers.CharField(allow_blank=True, help_text="The message, or the stream's title.")
    about = serializers.DictField(
        allow_null=True, help_text="Whose message it is, as it was then: `{id, name}`; else null."
    )


class CasePageOut(serializers.Serializer[object]):
    next = serializers.URLField(allow_null=True, help_text="Of the next page.")
    previous = serializers.URLField(allow_null=True)
    results = CaseOut(many=True)


class AppealOut(serializers.Serializer[object]):
    state = serializers.ChoiceField(choices=Appeal.State.choices)
    text = serializers.CharField()
    answer = serializers.CharField(allow_blank=True)
    created_at = serializers.DateTimeField()
    decided_at = serializers.DateTimeField(allow_null=True)


class DecisionOut(serializers.Serializer[object]):
    id = serializers.UUIDField()
    action = serializers.ChoiceField(choices=DecisionAction.choices)
    category = serializers.ChoiceField(choices=Category.choices)
    reason = serializers.CharField()
    at = serializers.DateTimeField()
    undone_at = serializers.DateTimeField(allow_null=True)
    appeal_until = serializers.DateTimeField()
    appeal = AppealOut(allow_null=True)


class StatementOut(serializers.Serializer[object]):
    """What I was told by staff."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=Statement.Kind.choices)
    title = serializers.CharField()
    text = serializers.CharField()
    created_at = serializers.DateTimeField()
    read_at = serializers.DateTimeField(allow_null=True)
    decision = DecisionOut(allow_null=True, help_text="What one can appeal against; else null.")


class StatementPageOut(serializers.Serializer[object]):
    next = serializers.URLField(allow_null=True, help_text="Of the next page.")
    previous = serializers.URLField(allow_null=True)
    results = StatementOut(many=True)


class AppealIn(serializers.Serializer[object]):
    text = serializers.CharField(max_length=8000, trim_whitespace=False, help_text="20 to 2,000 characters.")
