from django.urls import path

from payments.tickets.api import views

urlpatterns = [
    path("streams/<uuid:stream_id>/price", views.PriceView.as_view(), name="stream_price"),
    path("streams/<uuid:stream_id>/ticket", views.TicketView.as_view(), name="ticket"),
    path(
        "streams/<uuid:stream_id>/ticket-intent",
        views.TicketIntentView.as_view(),
        name="ticket_intent_create",
    ),
    path(
        "streams/<uuid:stream_id>/ticket/take-over",
        views.TicketTakeOverView.as_view(),
        name="ticket_take_over",
    ),
    path("streams/<uuid:stream_id>/ticket/refund", views.TicketRefundView.as_view(), name="ticket_refund"),
    path("streams/<uuid:stream_id>/promo-codes", views.PromoCodesView.as_view(), name="promo_codes"),
    path(
        "streams/<uuid:stream_id>/promo-codes/<uuid:code_id>",
        views.PromoCodeView.as_view(),
        name="promo_code",
    ),
]
