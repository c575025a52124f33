"""Streams, the keys that encoders show, and who watched."""

from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import F, Q

from accounts.models import User
from core.ids import new_id


class StreamStatus(models.TextChoices):
    """scheduled -> live -> ended, or scheduled -> cancelled. Only services move it."""

    SCHEDULED = "scheduled", "Scheduled"
    LIVE = "live", "Live"
    ENDED = "ended", "Ended"
    CANCELLED = "cancelled", "Cancelled"


# Nothing leads out of these.
OVER = (StreamStatus.ENDED, StreamStatus.CANCELLED)


class StreamVisibility(models.TextChoices):
    PUBLIC = "public", "Public"
    UNLISTED = "unlisted", "Unlisted: whoever has the link"
    FOLLOWERS = "followers", "Followers only"
    INVITED = "invited", "Invited people only"


class MediaState(models.TextChoices):
    """What arrives from the broadcaster: nothing yet, pictures, or pictures that stopped."""

    NONE = "none", "None yet"
    FLOWING = "flowing", "Flowing"
    LOST = "lost", "Lost"


class EndReason(models.TextChoices):
    CREATOR = "creator", "Ended by the creator"
    STAFF = "staff", "Stopped by staff"
    LOST = "lost", "The broadcaster did not come back"
    TOO_LONG = "too_long", "The longest length was reached"
    NEVER_STARTED = "never_started", "Prepared and never started"


class StreamKey(models.Model):
    """What an encoder shows to publish as ``creator``. Only its hash is kept; the key is shown once."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    creator = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="stream_keys"
    )
    key_hash = models.CharField(max_length=64, unique=True, editable=False)
    last_four = models.CharField(max_length=4)
    created_at = models.DateTimeField(auto_now_add=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["creator"], condition=Q(revoked_at=None), name="stream_key_one_valid_per_creator"
            ),
        ]

    def __str__(self) -> str:
        return f"…{self.last_four}"


class Stream(models.Model):
    """One broadcast, from its preparation to its end. The room, the sessions and later the money refer to it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    # None once they are erased; the party stays, and money refers to that.
    creator = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="streams"
    )
    party = models.ForeignKey(
        "accounts.Party", on_delete=models.PROTECT, related_name="streams", editable=False
    )
    title = models.CharField(max_length=100)
    description = models.TextField(max_length=5000, blank=True)
    tags = ArrayField(models.CharField(max_length=30), default=list, blank=True, size=5)
    visibility = models.CharField(
        max_length=10, choices=StreamVisibility.choices, default=StreamVisibility.PUBLIC
    )
    mature = models.BooleanField(default=False)
    # Whoever enters needs a ticket, or a preview. Payments knows both; free streams are not asked about.
    ticketed = models.BooleanField(default=False, db_default=False, editable=False)
    # Passes handed out before this are void: who may watch is another question since then.
    audience_changed_at = models.DateTimeField(null=True, blank=True, editable=False)
    room_name = models.CharField(max_length=60, unique=True, editable=False)
    stream_key = models.ForeignKey(StreamKey, on_delete=models.SET_NULL, null=True, related_name="streams")
    # The folder of three WebP sizes under MEDIA_ROOT, new at each picture so that caches never lie; "" for none.
    thumbnail = models.CharField(max_length=120, blank=True, editable=False)
    # A picture that the creator chose is not replaced by frames of the stream.
    thumbnail_chosen = models.BooleanField(default=False)

    status = models.CharField(max_length=10, choices=StreamStatus.choices, default=StreamStatus.SCHEDULED)
    media_state = models.CharField(max_length=10, choices=MediaState.choices, default=MediaState.NONE)
    media_seen_at = models.DateTimeField(null=True, blank=True)
    # When the pictures stopped; the broadcaster's grace is counted from here, not from a server's own outage.
    media_lost_at = models.DateTimeField(null=True, blank=True)
    scheduled_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    end_reason = models.CharField(max_length=15, choices=EndReason.choices, blank=True)
    # Ending is two steps: the state, at once; then stage, sessions and totals, repeated until this is set.
    settled_at = models.DateTimeField(null=True, blank=True)

    viewers_current = models.PositiveIntegerField(default=0)
    viewers_peak = models.PositiveIntegerField(default=0)
    viewers_total = models.PositiveIntegerField(default=0)
    gifts_total_coins = models.PositiveBigIntegerField(default=0)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(status=StreamStatus.LIVE) | Q(started_at__isnull=False, ended_at=None),
                name="stream_live_has_started_only",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(status__in=[StreamStatus.ENDED, StreamStatus.CANCELLED]),
                name="stream_ended_at_means_over",
            ),
            models.CheckConstraint(
                condition=Q(viewers_peak__gte=F("viewers_current")), name="stream_peak_is_most"
            ),
        ]
        indexes = [
            models.Index(
                fields=["-viewers_current", "-id"],
                condition=Q(status=StreamStatus.LIVE, visibility=StreamVisibility.PUBLIC),
                name="stream_live_grid",
            ),
            models.Index(fields=["creator", "-id"], name="stream_by_creator"),
            models.Index(fields=["status"], condition=Q(settled_at=None), name="stream_unsettled"),
            GinIndex(fields=["tags"], name="stream_tags"),
        ]

    def __str__(self) -> str:
        return self.title

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Every stream has its creator's party."""
        if getattr(self, "party_id", None) is None and self.creator is not None:
            self.party_id = self.creator.party_id
        super().save(*args, **kwargs)

    @property
    def is_over(self) -> bool:
        return self.status in OVER

    @property
    def duration_seconds(self) -> int | None:
        """Whole seconds from the first picture to the end; None before the end or when it never started."""
        if self.started_at is None or self.ended_at is None:
            return None
        return int((self.ended_at - self.started_at).total_seconds())


class StreamWords(models.Model):
    """What a stream is found by: title and tags, then its creator's names, then the description.

    The database keeps it (streams' migration on search), also when a creator changes their name. A row of its own,
    since the stream's changes every second while people come and go, and the index would have to follow.
    """

    stream = models.OneToOneField(Stream, on_delete=models.CASCADE, primary_key=True, related_name="words")
    words = SearchVectorField()

    class Meta:
        indexes = [GinIndex(fields=["words"], name="stream_words")]

    def __str__(self) -> str:
        return str(self.stream_id)


class Invitation(models.Model):
    """A link that makes whoever opens it a guest of the stream. Only its hash is kept; the link is shown once."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    stream = models.ForeignKey(Stream, on_delete=models.CASCADE, related_name="invitations")
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    most_guests = models.PositiveIntegerField()
    guest_count = models.PositiveIntegerField(default=0)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(guest_count__lte=F("most_guests")), name="invitation_not_overbooked"
            )
        ]

    def __str__(self) -> str:
        return f"to {self.stream_id}"


class Guest(models.Model):
    """Somebody who may see and enter an invited stream: named by its creator, or come by a link."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    stream = models.ForeignKey(Stream, on_delete=models.CASCADE, related_name="guests")
    viewer_id = models.CharField(max_length=64)
    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, blank=True, related_name="guest_at")
    invitation = models.ForeignKey(
        Invitation, on_delete=models.SET_NULL, null=True, blank=True, related_name="guests"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["stream", "viewer_id"], name="guest_once")]

    def __str__(self) -> str:
        return f"{self.viewer_id} at {self.stream_id}"


class Channel(User):
    """A creator as staff looks at them: the person, their streams and their followers in one line."""

    class Meta:
        proxy = True


class ViewerSession(models.Model):
    """One viewer at one stream, over all tabs, reconnects and returns.

    Its id follows from stream and viewer (``streams.viewers.session_id``), so that a pass can name the session
    before anybody had to ask the database for it.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    stream = models.ForeignKey(Stream, on_delete=models.CASCADE, related_name="sessions")
    # "u:<user id>", "a:<anonymous cookie>" or "s:<socket>": see streams.viewers.
    viewer_id = models.CharField(max_length=64)
    party = models.ForeignKey(
        "accounts.Party", on_delete=models.PROTECT, null=True, blank=True, related_name="viewer_sessions"
    )
    joined_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    # The last time the viewer took pictures; a socket that takes none for half a minute is not counted.
    media_seen_at = models.DateTimeField()
    # The last time that pictures are known to have been taken; joining alone does not count here.
    pictures_at = models.DateTimeField(null=True, blank=True)
    left_at = models.DateTimeField(null=True, blank=True)
    seconds_watched = models.PositiveIntegerField(default=0)
    device = models.CharField(max_length=10, blank=True)
    player = models.CharField(max_length=20, blank=True)
    referrer_host = models.CharField(max_length=100, blank=True)
    country = models.CharField(max_length=2, blank=True)
    # Passes handed out before this are void; whether there are new ones is for streams.access to say.
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-joined_at"]
        constraints = [models.UniqueConstraint(fields=["stream", "viewer_id"], name="session_one_per_viewer")]
        indexes = [
            models.Index(fields=["stream"], condition=Q(left_at=None), name="session_open"),
            models.Index(
                fields=["stream", "revoked_at"], condition=Q(revoked_at__isnull=False), name="session_revoked"
            ),
            models.Index(fields=["last_seen_at"], condition=Q(left_at=None), name="session_stale"),
        ]

    def __str__(self) -> str:
        return f"{self.viewer_id} at {self.stream_id}"


class SeatRole(models.TextChoices):
    """What a token lets its holder do in a room."""

    BROADCASTER = "broadcaster", "Broadcaster"
    GUEST = "guest", "Guest on stage"
    VIEWER = "viewer", "Viewer"
    ENCODER = "encoder", "Encoder"


class Seat(models.Model):
    """One token for a WebRTC room, and the one participant who may come with it.

    ``identity`` is the participant's and made anew for every token, so it names the token too. Whoever is found in a
    room without a seat that is theirs is removed. Services: ``streams.media.livekit.seats``.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    identity = models.CharField(max_length=60, unique=True, editable=False)
    stream = models.ForeignKey(Stream, on_delete=models.CASCADE, related_name="seats")
    role = models.CharField(max_length=12, choices=SeatRole.choices)
    viewer_id = models.CharField(max_length=64)
    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, blank=True, related_name="seats")
    # Who may use the token at the door: see streams.viewers.holder_of.
    bound_to = models.CharField(max_length=80, blank=True)
    # accounts.selectors.session_hash of the sign-in: what ends it ends this too.
    login = models.CharField(max_length=16, blank=True)
    said_adult = models.BooleanField(default=False)
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    # The door let the token in, once.
    admitted_at = models.DateTimeField(null=True, blank=True)
    # The first participant whom the engine showed under this identity; any other one is a copy.
    participant_sid = models.CharField(max_length=40, blank=True)
    seen_at = models.DateTimeField(null=True, blank=True)
    left_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["stream", "role"], condition=Q(left_at=None, revoked_at=None), name="seat_open"
            ),
            models.Index(fields=["stream", "viewer_id"], name="seat_by_viewer"),
            models.Index(fields=["login"], condition=Q(left_at=None, revoked_at=None), name="seat_by_login"),
        ]

    def __str__(self) -> str:
        return self.identity


class RtmpAddress(models.Model):
    """Where a creator's encoder pushes by RTMP: an ingress of LiveKit's. Its key is shown once and kept there alone.

    It stays the same over streams; each one gives it another ``seat``. Services: ``streams.encoders.rtmp``.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    # None once they are erased: then LiveKit has to forget it too.
    creator = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="rtmp_addresses")
    ingress_id = models.CharField(max_length=60, unique=True, editable=False)
    url = models.CharField(max_length=300, editable=False)
    last_four = models.CharField(max_length=4)
    # As whom it is let in now; None while it is shut because nothing waits for an encoder.
    seat = models.ForeignKey(Seat, on_delete=models.SET_NULL, null=True, editable=False, related_name="+")
    # When LiveKit was last told where it leads, or should have been.
    pointed_at = models.DateTimeField(editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "RTMP addresses"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["creator"], condition=Q(revoked_at=None), name="rtmp_one_valid_per_creator"
            )
        ]

    def __str__(self) -> str:
        return f"…{self.last_four}"


class Bridge(models.Model):
    """Pictures of a WebRTC room on their way to HLS, for those who find no place in the room.

    There is one while the room fills or is full. Written by the process that runs the bridges:
    ``streams.media.livekit.bridge``.
    """

    stream = models.OneToOneField(Stream, on_delete=models.CASCADE, primary_key=True, related_name="bridge")
    # The egress that sends; "" while there is none.
    egress_id = models.CharField(max_length=60, blank=True)
    # Whether HLS can be watched, and whether newcomers have to.
    ready = models.BooleanField(default=False)
    full = models.BooleanField(default=False)
    tries = models.PositiveIntegerField(default=0)
    retry_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"of {self.stream_id}"


class EngineEvent(models.Model):
    """A verified webhook of the media engine, kept once and without its secrets. It only wakes; it decides nothing."""

    # The engine's own id of it.
    id = models.CharField(primary_key=True, max_length=60, editable=False)
    name = models.CharField(max_length=40)
    room_name = models.CharField(max_length=100, blank=True)
    payload = models.JSONField()
    received_at = models.DateTimeField(auto_now_add=True)
    handled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-received_at"]
        indexes = [
            models.Index(fields=["received_at"], condition=Q(handled_at=None), name="engine_event_unhandled"),
            models.Index(fields=["-received_at"], name="engine_event_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.id}"
