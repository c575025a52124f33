"""What waits for staff."""

from datetime import timedelta

from django.utils import timezone
from prometheus_client.core import GaugeMetricFamily

from core.metrics import Gauges, read_on_request
from payments.staff.failed import refunds_need_a_hand
from payments.staff.models import RefundRequest, RequestState
from payments.staff.reminding import DAYS_BEFORE, unanswered


@read_on_request
def desk() -> Gauges:
    """Queries: 3."""
    now = timezone.now()
    due = unanswered(now).filter(due_by__lte=now + timedelta(days=max(DAYS_BEFORE))).count()
    yield GaugeMetricFamily("busk_disputes_due", "Disputes whose evidence is due soon.", due)
    waiting = RefundRequest.objects.filter(state=RequestState.WAITING).count()
    yield GaugeMetricFamily("busk_refund_requests_waiting", "Refunds that wait for a second person.", waiting)
    failed = refunds_need_a_hand().count()
    yield GaugeMetricFamily("busk_refunds_failed", "Refunds that failed and that nobody has seen to.", failed)
