"""What is counted of streams: what is on, who watches, and how the relay does."""

from django.db.models import Count, Sum
from prometheus_client import Counter, Gauge
from prometheus_client.core import GaugeMetricFamily

from core.metrics import Gauges, read_on_request
from streams.models import Stream, StreamStatus

INGESTS = Gauge("busk_ingests", "Open sockets of studios.", multiprocess_mode="livesum")
RUNS = Counter("busk_relay_runs", "Runs of ffmpeg that were started.")
RUNS_BROKEN = Counter("busk_relay_runs_broken", "Recordings that were broken off.", ["reason"])


@read_on_request
def live_streams() -> Gauges:
    """Queries: 1."""
    live = Stream.objects.filter(status=StreamStatus.LIVE).aggregate(
        streams=Count("pk"), viewers=Sum("viewers_current", default=0)
    )
    yield GaugeMetricFamily("busk_live_streams", "Streams that are on.", live["streams"])
    yield GaugeMetricFamily("busk_live_viewers", "Viewers of all of them.", live["viewers"])
