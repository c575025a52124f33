"""What streams have of a person: given to them on request, and ended or removed when they are erased."""

from pathlib import Path

from django.conf import settings
from django.db import transaction

from accounts.erasure import register_eraser
from accounts.exports import Files, as_json, register_exporter
from accounts.models import User
from core.pictures import folder_drop
from streams.models import EndReason, Stream, ViewerSession
from streams.services import stream_end

STREAM_FIELDS = (
    "id", "title", "description", "tags", "visibility", "mature", "status", "scheduled_at", "created_at",
    "started_at", "ended_at", "end_reason", "viewers_peak", "viewers_total", "gifts_total_coins",
)  # fmt: skip
SESSION_FIELDS = (
    "stream_id", "joined_at", "last_seen_at", "left_at", "seconds_watched", "device", "player", "referrer_host",
    "country",
)  # fmt: skip


@register_eraser
def erase(user: User) -> None:
    """What is on ends, and pictures of streams go: they may show the person."""
    streams = Stream.objects.filter(creator=user)
    for stream_id in list(streams.filter(ended_at=None).order_by("id").values_list("id", flat=True)):
        stream_end(stream_id=stream_id, reason=EndReason.CREATOR)
    folders = list(streams.exclude(thumbnail="").values_list("thumbnail", flat=True))
    streams.update(thumbnail="")
    transaction.on_commit(lambda: _drop(folders))


@register_exporter
def export(user: User) -> Files:
    streams = Stream.objects.filter(creator=user).order_by("id")
    sessions = ViewerSession.objects.filter(party=user.party_id).order_by("joined_at")
    files = {
        "streams.json": as_json(list(streams.values(*STREAM_FIELDS))),
        "watched.json": as_json(list(sessions.values(*SESSION_FIELDS, "stream__title"))),
    }
    for stream in streams.exclude(thumbnail=""):
        picture = Path(settings.MEDIA_ROOT) / stream.thumbnail / "large.webp"
        if picture.is_file():
            files[f"streams/{stream.pk}.webp"] = picture.read_bytes()
    return files


def _drop(folders: list[str]) -> None:
    for folder in folders:
        folder_drop(folder)
