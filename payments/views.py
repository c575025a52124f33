"""What the payment provider tells by itself."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from core.webhooks import webhook_answer
from payments.orders.webhooks import event_receive
from payments.provider import payments_mode


@csrf_exempt
def stripe_webhook(request: HttpRequest) -> HttpResponse:
    signature = request.headers.get("Stripe-Signature", "")
    return webhook_answer(
        request,
        lambda body: event_receive(body=body, signature=signature),
        expected=payments_mode() != "off",
    )
