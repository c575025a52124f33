from django.urls import include, path

from payments.api import views
from payments.creators import api as creators

urlpatterns = [
    path("", include("payments.tickets.api.urls")),
    path("capabilities", views.CapabilitiesView.as_view(), name="capabilities"),
    path("payments/packs", views.PacksView.as_view(), name="packs"),
    path("payments/checkout", views.CheckoutView.as_view(), name="checkout_create"),
    path("payments/intent", views.IntentView.as_view(), name="intent_create"),
    path("payments/orders", views.OrdersView.as_view(), name="orders"),
    path("payments/orders/<uuid:order_id>", views.OrderView.as_view(), name="order_get"),
    path("payments/orders/<uuid:order_id>/cancel", views.OrderCancelView.as_view(), name="order_cancel"),
    path("payments/receipts", views.ReceiptsView.as_view(), name="receipts"),
    path("payments/receipts/<uuid:receipt_id>", views.ReceiptView.as_view(), name="receipt_get"),
    path("payments/limits", views.SpendingView.as_view(), name="spending"),
    path("payments/earnings", creators.EarningsView.as_view(), name="earnings"),
    path("payments/earnings/days", creators.EarningsDaysView.as_view(), name="earnings_days"),
    path("payments/earnings/streams", creators.EarningsStreamsView.as_view(), name="earnings_streams"),
    path("streams/<uuid:stream_id>/earnings", creators.StreamEarningsView.as_view(), name="stream_earnings"),
]
