"""What the payment provider tells by itself."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from core.api.exceptions import MethodNotAllowed
from core.api.parsers import TooLarge
from core.errors import DomainError, NotFound
from payments.orders.webhooks import event_receive
from payments.provider import payments_mode

# The largest is a dispute with its evidence: some KB.
MOST_WEBHOOK_BYTES = 256 * 1024


@csrf_exempt
def stripe_webhook(request: HttpRequest) -> HttpResponse:
    """200 once the event is kept; anything else makes Stripe send it again. 404 where nothing is paid."""
    try:
        if payments_mode() == "off":
            raise NotFound()
        if request.method != "POST":
            raise MethodNotAllowed()
        body = request.read(MOST_WEBHOOK_BYTES + 1)
        if len(body) > MOST_WEBHOOK_BYTES:
            raise TooLarge(limit_bytes=MOST_WEBHOOK_BYTES)
        event_receive(body=body, signature=request.headers.get("Stripe-Signature", ""))
    except DomainError as error:
        return JsonResponse(error.as_dict(), status=error.http_status, headers={"Cache-Control": "no-store"})
    return HttpResponse(status=200)
