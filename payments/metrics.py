"""What is told of the books."""

from django.db.models import Min
from django.utils import timezone
from prometheus_client.core import GaugeMetricFamily

from core.metrics import Gauges, read_on_request
from payments.models import LedgerCheck, QueuedCredit


@read_on_request
def books() -> Gauges:
    """Queries: 2."""
    check = LedgerCheck.objects.first()
    if check is not None:
        found = len(check.differences)
        yield GaugeMetricFamily("busk_ledger_differences", "What the last look at the books found.", found)
        age = (timezone.now() - check.at).total_seconds()
        yield GaugeMetricFamily("busk_ledger_checked_seconds", "Age of the last look at the books.", age)
    oldest = QueuedCredit.objects.aggregate(oldest=Min("queued_at"))["oldest"]
    waiting = (timezone.now() - oldest).total_seconds() if oldest else 0
    yield GaugeMetricFamily("busk_ledger_unfolded_seconds", "Age of the oldest credit in the queue.", waiting)
