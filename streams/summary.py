"""What happened in a stream, in a few numbers, for its creator."""

from dataclasses import dataclass

from django.db.models import Sum

from accounts.selectors import followers_gained
from streams.models import Stream, ViewerSession


@dataclass(frozen=True)
class Summary:
    """Units: seconds and counts. Until ``settled`` the numbers may still grow."""

    duration_seconds: int
    viewers: int
    peak: int
    watched_seconds: int
    new_followers: int
    end_reason: str
    settled: bool


def stream_summary(*, stream: Stream) -> Summary:
    """Queries: 2 for a stream that was on, else 1."""
    watched = ViewerSession.objects.filter(stream=stream).aggregate(seconds=Sum("seconds_watched"))["seconds"]
    followers = 0
    if stream.started_at is not None and stream.creator_id is not None:
        followers = followers_gained(
            creator_id=stream.creator_id, since=stream.started_at, until=stream.ended_at
        )
    return Summary(
        duration_seconds=stream.duration_seconds or 0,
        viewers=stream.viewers_total,
        peak=stream.viewers_peak,
        watched_seconds=watched or 0,
        new_followers=followers,
        end_reason=stream.end_reason,
        settled=stream.settled_at is not None,
    )
