"""What the API takes and gives for streams."""

from rest_framework import serializers

from accounts.api.serializers import UserCardOut
from core.api.serializers import QueryIn
from streams.media.port import PLAYBACK_KINDS
from streams.models import StreamStatus, StreamVisibility
from streams.services import TITLE_MAX


class ThumbnailOut(serializers.Serializer[object]):
    small = serializers.CharField(help_text="320 x 180, WebP")
    medium = serializers.CharField(help_text="640 x 360, WebP")
    large = serializers.CharField(help_text="1280 x 720, WebP")


class ViewersOut(serializers.Serializer[object]):
    current = serializers.IntegerField(help_text="Watching now; two tabs count once.")
    peak = serializers.IntegerField()
    total = serializers.IntegerField(help_text="Different viewers since the start.")


class StreamCardOut(serializers.Serializer[object]):
    """A stream in a list."""

    id = serializers.UUIDField()
    url = serializers.CharField()
    title = serializers.CharField()
    status = serializers.ChoiceField(choices=StreamStatus.choices)
    visibility = serializers.ChoiceField(choices=StreamVisibility.choices)
    tags = serializers.ListField(child=serializers.CharField())
    mature = serializers.BooleanField()
    ticketed = serializers.BooleanField(help_text="Entering needs a ticket; its price is at `/price`.")
    paused = serializers.BooleanField(help_text="Live, but the broadcaster is away at the moment.")
    creator = UserCardOut()
    viewers = ViewersOut()
    gifts_total_coins = serializers.IntegerField()
    scheduled_at = serializers.DateTimeField(allow_null=True)
    started_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    duration_seconds = serializers.IntegerField(allow_null=True)
    thumbnail = ThumbnailOut(allow_null=True)


class StreamPageOut(serializers.Serializer[object]):
    next = serializers.URLField(allow_null=True, help_text="Of the next page.")
    previous = serializers.URLField(allow_null=True)
    results = StreamCardOut(many=True)


class StreamOut(StreamCardOut):
    """A stream by itself."""

    description = serializers.CharField(allow_blank=True)
    room_name = serializers.CharField()
    end_reason = serializers.CharField(allow_blank=True)


class StreamCreatedOut(StreamOut):
    stream_key = serializers.CharField(
        allow_null=True,
        help_text="The creator's stream key, in full at the one time it is made; null ever after.",
    )


class StreamIn(serializers.Serializer[object]):
    """Length and content are judged by the service, so that every door says the same."""

    title = serializers.CharField(
        max_length=1000, trim_whitespace=False, help_text=f"1 to {TITLE_MAX} characters."
    )
    description = serializers.CharField(
        required=False, allow_blank=True, max_length=20_000, trim_whitespace=False
    )
    tags = serializers.ListField(child=serializers.CharField(max_length=100), required=False, max_length=20)
    visibility = serializers.ChoiceField(choices=StreamVisibility.choices, required=False)
    mature = serializers.BooleanField(required=False)


class StreamCreateIn(StreamIn):
    scheduled_at = serializers.DateTimeField(required=False, allow_null=True)
    thumbnail = serializers.FileField(
        required=False, help_text="JPEG, PNG, WebP or GIF; only with multipart/form-data."
    )


class ThumbnailIn(serializers.Serializer[object]):
    image = serializers.FileField()


LEAVING = "The `identity` this client had until now: whoever still uses that token is put out."


class PlaybackOut(serializers.Serializer[object]):
    kind = serializers.ChoiceField(choices=PLAYBACK_KINDS)
    url = serializers.CharField(help_text="Of LiveKit for `webrtc`, of a playlist for `hls`.")
    token = serializers.CharField(
        allow_null=True, help_text="With `webrtc`: good for one connect, within two minutes."
    )
    identity = serializers.CharField(
        allow_null=True, help_text="With `webrtc`: who the token makes you. Name it as `leaving` next time."
    )
    kinds = serializers.ListField(
        child=serializers.ChoiceField(choices=PLAYBACK_KINDS), help_text="What can be chosen now, best first."
    )


class LeavingIn(QueryIn):
    leaving = serializers.CharField(required=False, max_length=60, help_text=LEAVING)


class ViewerTokenIn(LeavingIn):
    kind = serializers.ChoiceField(
        choices=PLAYBACK_KINDS,
        required=False,
        help_text="The way you want to watch, where there is a choice.",
    )


class AdmissionOut(serializers.Serializer[object]):
    """How one came into a stream that asks for tickets."""

    preview_ends_at = serializers.DateTimeField(
        allow_null=True, help_text="When a free preview is over; null with a ticket."
    )


class ViewerTokenOut(serializers.Serializer[object]):
    playback = PlaybackOut(allow_null=True, help_text="null until pictures have arrived.")
    expires_at = serializers.DateTimeField(allow_null=True)
    token = serializers.CharField(allow_null=True, help_text="That of `playback`, for LiveKit's own clients.")
    wsUrl = serializers.CharField(allow_null=True, help_text="Where LiveKit's own clients connect to.")
    admission = AdmissionOut(allow_null=True, help_text="null where no ticket is asked for.")


class IngestOut(serializers.Serializer[object]):
    url = serializers.CharField(help_text="Of the websocket; good for one connect within a minute.")
    max_frame_bytes = serializers.IntegerField()
    ack_window_seconds = serializers.FloatField(
        help_text="More unacknowledged than this: start a new recording."
    )
    bitrates = serializers.ListField(child=serializers.IntegerField(), help_text="bit/s, best first.")


class RoomOut(serializers.Serializer[object]):
    url = serializers.CharField(help_text="Of LiveKit.")
    token = serializers.CharField(help_text="Good for one connect, within two minutes.")
    identity = serializers.CharField(help_text="Who the token makes you. Name it as `leaving` next time.")
    height_most = serializers.IntegerField(help_text="Publish no more lines of picture than this.")
    bitrate_most = serializers.IntegerField(help_text="bit/s, at most.")


class BroadcastTokenOut(serializers.Serializer[object]):
    ingest = IngestOut(allow_null=True, help_text="With the built-in relay, else null.")
    room = RoomOut(allow_null=True, help_text="With LiveKit, else null.")
    expires_at = serializers.DateTimeField()
    token = serializers.CharField(allow_null=True, help_text="That of `room`, for LiveKit's own clients.")
    wsUrl = serializers.CharField(allow_null=True, help_text="Where LiveKit's own clients connect to.")


class JoinIn(serializers.Serializer[object]):
    referrer = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=2000,
        help_text="Where the viewer came from; its host is kept.",
    )
    leaving = serializers.CharField(required=False, allow_blank=True, max_length=60, help_text=LEAVING)
    kind = serializers.ChoiceField(
        choices=PLAYBACK_KINDS,
        required=False,
        help_text="The way you want to watch, where there is a choice.",
    )
    watches_already = serializers.BooleanField(
        required=False, help_text="Only the room was lost: hand out no place to watch."
    )


class JoinOut(serializers.Serializer[object]):
    session_id = serializers.UUIDField()
    ws_url = serializers.CharField(
        help_text="Of the room; its pass is good for one connect within 30 seconds."
    )
    playback = PlaybackOut(
        allow_null=True, help_text="null before there are pictures, and when no place is free."
    )
    admission = AdmissionOut(allow_null=True, help_text="null where no ticket is asked for.")
    stream = StreamOut()
    hidden_people = serializers.ListField(
        child=serializers.UUIDField(),
        help_text="Blocked by you or blocking you: do not show lines of these user ids. Lists already leave them out.",
    )


class LeaveIn(serializers.Serializer[object]):
    session_id = serializers.UUIDField()


class GuestIn(serializers.Serializer[object]):
    username = serializers.CharField(max_length=40)


class GuestOut(serializers.Serializer[object]):
    id = serializers.UUIDField()
    username = serializers.CharField(
        source="user.username",
        allow_null=True,
        default=None,
        help_text="null for a guest without an account.",
    )
    created_at = serializers.DateTimeField()


class InvitationIn(serializers.Serializer[object]):
    most_guests = serializers.IntegerField(help_text="1 to 1,000 people.")
    days = serializers.IntegerField(help_text="1 to 30 days.")


class InvitationOut(serializers.Serializer[object]):
    id = serializers.UUIDField()
    most_guests = serializers.IntegerField()
    guest_count = serializers.IntegerField()
    expires_at = serializers.DateTimeField()
    revoked_at = serializers.DateTimeField(allow_null=True)


class InvitationCreatedOut(InvitationOut):
    url = serializers.CharField(help_text="The link; shown this once.")


class InvitationAcceptIn(serializers.Serializer[object]):
    token = serializers.CharField(max_length=100)


class InvitationAcceptedOut(serializers.Serializer[object]):
    stream_id = serializers.UUIDField()
    stream_url = serializers.CharField()
