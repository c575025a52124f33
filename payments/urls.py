from django.urls import path

from payments import pages
from payments.creators import pages as creators
from payments.tickets import pages as tickets
from payments.views import stripe_webhook

app_name = "payments"
urlpatterns = [
    path("webhooks/stripe", stripe_webhook, name="stripe_webhook"),
    path("earnings", creators.earnings, name="earnings"),
    path("earnings/earnings.csv", creators.earnings_file, name="earnings_file"),
    path("stream/<uuid:stream_id>/ticket", tickets.ticket, name="ticket"),
    path("wallet", pages.wallet, name="wallet"),
    path("wallet/buy", pages.buy, name="buy"),
    path("wallet/orders/<uuid:order_id>/cancel", pages.cancel, name="cancel"),
    path("wallet/tickets/<uuid:stream_id>/back", tickets.give_back, name="ticket_back"),
    path("wallet/receipts/<uuid:receipt_id>", pages.receipt, name="receipt"),
]
