"""What creators' earnings tell those who run the site."""

from datetime import timedelta

from django.utils import timezone
from prometheus_client.core import GaugeMetricFamily

from core.metrics import Gauges, read_on_request
from payments.creators.alerts import week_of
from payments.creators.models import SenderAlert


@read_on_request
def senders() -> Gauges:
    """Queries: 1."""
    since = week_of(timezone.now()) - timedelta(days=7)
    alerts = SenderAlert.objects.filter(week__gte=since).count()
    yield GaugeMetricFamily(
        "busk_sender_alerts", "Creators whose week is mostly one sender's, this week and the last.", alerts
    )
