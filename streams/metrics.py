"""What is counted of streams: what is on, who watches, and how the relay does."""

from django.conf import settings
from django.db.models import Count, Sum
from prometheus_client import Counter, Gauge, Histogram
from prometheus_client.core import GaugeMetricFamily

from core.metrics import Gauges, read_on_request
from streams.models import Stream, StreamStatus

INGESTS = Gauge("busk_ingests", "Open sockets of studios.", multiprocess_mode="livesum")
RUNS = Counter("busk_relay_runs", "Runs of ffmpeg that were started.")
RUNS_BROKEN = Counter("busk_relay_runs_broken", "Recordings that were broken off.", ["reason"])
RECONCILE_SECONDS = Histogram(
    "busk_livekit_reconcile_seconds",
    "How long a look at LiveKit's rooms took, one or all of them.",
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
PUT_OUT = Counter("busk_livekit_put_out", "People removed from LiveKit's rooms.", ["reason"])


@read_on_request
def live_streams() -> Gauges:
    """Queries: 1."""
    live = Stream.objects.filter(status=StreamStatus.LIVE).aggregate(
        streams=Count("pk"), viewers=Sum("viewers_current", default=0)
    )
    yield GaugeMetricFamily("busk_live_streams", "Streams that are on.", live["streams"])
    yield GaugeMetricFamily("busk_live_viewers", "Viewers of all of them.", live["viewers"])


@read_on_request
def livekit_up() -> Gauges:
    """Nothing where the relay serves. Queries: none."""
    if settings.LIVEKIT_URL:
        from streams.media.livekit import watch

        up = 0 if watch.away_since() else 1
        yield GaugeMetricFamily("busk_livekit_up", "Whether LiveKit answered when it was last looked at.", up)
