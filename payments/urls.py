from django.urls import path

from payments import pages
from payments.views import stripe_webhook

app_name = "payments"
urlpatterns = [
    path("webhooks/stripe", stripe_webhook, name="stripe_webhook"),
    path("wallet", pages.wallet, name="wallet"),
    path("wallet/buy", pages.buy, name="buy"),
    path("wallet/orders/<uuid:order_id>/cancel", pages.cancel, name="cancel"),
    path("wallet/receipts/<uuid:receipt_id>", pages.receipt, name="receipt"),
]
