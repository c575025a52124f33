"""What the API takes and gives for chats: messages as they stand on the sockets."""

from rest_framework import serializers

from accounts.api.serializers import UserCardOut
from chat.commands import CLIENT_ID_LENGTH
from chat.models import AuthorRole, MessageKind
from core.api.serializers import QueryIn
from moderation.policies import Rank


class MessageIn(serializers.Serializer[object]):
    client_id = serializers.RegexField(
        r"^[\x21-\x7e]+$",
        max_length=CLIENT_ID_LENGTH,
        help_text="Your name for it; the same again is the same message.",
    )
    # Checked by the chat itself, for sockets and REST alike.
    text = serializers.CharField(trim_whitespace=False, allow_blank=True)


class AuthorOut(serializers.Serializer[object]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    role = serializers.ChoiceField(choices=AuthorRole.choices)


class MessageOut(serializers.Serializer[object]):
    """`chat:message`, as in docs/realtime.md."""

    type = serializers.CharField(default="chat:message")
    seq = serializers.IntegerField(help_text="Its place among the room's stored events.")
    id = serializers.UUIDField()
    client_id = serializers.CharField(allow_null=True)
    kind = serializers.ChoiceField(choices=MessageKind.choices)
    user = AuthorOut(allow_null=True)
    text = serializers.CharField(help_text="Plain text, never markup.")
    at = serializers.DateTimeField()
    card = serializers.DictField(
        required=False, help_text="What came with a gift or a tip, as in docs/realtime.md; else left out."
    )


class HeldMessageOut(serializers.Serializer[object]):
    """`chat:held`, as in docs/realtime.md."""

    type = serializers.CharField(default="chat:held")
    client_id = serializers.CharField()
    id = serializers.UUIDField(help_text="What the message will be called if it is approved.")
    user_id = serializers.UUIDField()


class ToldOut(serializers.Serializer[object]):
    """`chat:told`, as in docs/realtime.md."""

    type = serializers.CharField(default="chat:told")
    client_id = serializers.CharField()
    code = serializers.CharField(
        help_text="`done`, `list`, `help`, `usage`, `unknown_command`, or of an error."
    )
    text = serializers.CharField(help_text="In words, for whoever typed it.")


class MessagePageOut(serializers.Serializer[object]):
    next = serializers.URLField(allow_null=True, help_text="Of the next, older page.")
    previous = serializers.URLField(allow_null=True)
    results = MessageOut(many=True)


class RemoveIn(QueryIn):
    reason = serializers.CharField(required=False, max_length=500, help_text="For the trail.")


class PurgeIn(QueryIn):
    user = serializers.UUIDField(required=False, help_text="Whose; left out: everybody's.")


class PurgeOut(serializers.Serializer[object]):
    messages = serializers.IntegerField(help_text="How many were taken away.")


class WarnedOut(serializers.Serializer[object]):
    id = serializers.UUIDField()
    reason = serializers.CharField()


class ChatMeOut(serializers.Serializer[object]):
    can_chat = serializers.BooleanField()
    reason = serializers.CharField(allow_null=True, help_text="The error code that a message would get.")
    until = serializers.DateTimeField(allow_null=True, help_text="When that is over by itself.")
    caution = WarnedOut(allow_null=True, help_text="A warning that I have to read before I write again.")
    rank = serializers.ChoiceField(choices=[rank.name.lower() for rank in Rank])
    moderates = serializers.BooleanField()
    slow_until = serializers.DateTimeField(allow_null=True, help_text="When slow mode lets me write again.")
    followers_until = serializers.DateTimeField(
        allow_null=True, help_text="When I have followed for long enough; null also where I do not follow."
    )


class EventsIn(QueryIn):
    after = serializers.IntegerField(min_value=0, max_value=2**63 - 1, help_text="The last `seq` you have.")


class EventsOut(serializers.Serializer[object]):
    events = serializers.ListField(
        child=serializers.DictField(),
        help_text="Stored events of docs/realtime.md, oldest first, at most 500.",
    )
    last_seq = serializers.IntegerField(help_text="Where the room stands; ask again while yours is less.")


class NamedOut(serializers.Serializer[object]):
    id = serializers.UUIDField()
    name = serializers.CharField()


class CardBanOut(serializers.Serializer[object]):
    created_at = serializers.DateTimeField()
    until = serializers.DateTimeField(allow_null=True, help_text="Of a timeout.")
    reason = serializers.CharField()


class CardCautionOut(serializers.Serializer[object]):
    id = serializers.UUIDField()
    reason = serializers.CharField()
    created_at = serializers.DateTimeField()
    read_at = serializers.DateTimeField(allow_null=True)


class CardEventOut(serializers.Serializer[object]):
    id = serializers.UUIDField()
    at = serializers.DateTimeField()
    action = serializers.CharField(help_text="As in the trail.")
    by = NamedOut(allow_null=True, help_text="null for a rule, and for who was deleted.")
    reason = serializers.CharField()


class CardMessageOut(serializers.Serializer[object]):
    id = serializers.UUIDField()
    stream_id = serializers.UUIDField()
    at = serializers.DateTimeField()
    text = serializers.CharField()
    removed = serializers.BooleanField()
    removed_at = serializers.DateTimeField(allow_null=True)
    removed_by = NamedOut(allow_null=True)


class PersonCardOut(serializers.Serializer[object]):
    """Of what follows `rank_since`, others than the team are sent nothing."""

    user = UserCardOut()
    rank = serializers.ChoiceField(choices=[rank.name.lower() for rank in Rank])
    since = serializers.DateTimeField(help_text="When they signed up.")
    rank_since = serializers.DateTimeField(allow_null=True, help_text="When they joined the team.")
    follows_since = serializers.DateTimeField(allow_null=True, required=False)
    ban = CardBanOut(allow_null=True, required=False)
    timeout = CardBanOut(allow_null=True, required=False)
    cautions = CardCautionOut(many=True, required=False, help_text="The last 20.")
    history = CardEventOut(many=True, required=False, help_text="The last 50 events of the channel's trail.")
    messages = CardMessageOut(many=True, required=False, help_text="The last 50 here, removed ones marked.")
