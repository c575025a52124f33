from django.urls import path

from payments.tips.api import views

urlpatterns = [
    path("tips", views.TipPriceView.as_view(), name="tip_price"),
    path("tips/<uuid:order_id>", views.MyTipView.as_view(), name="tip_get"),
    path("streams/<uuid:stream_id>/tip", views.TipView.as_view(), name="tip_create"),
    path("streams/<uuid:stream_id>/tip-intent", views.TipIntentView.as_view(), name="tip_intent_create"),
    path(
        "streams/<uuid:stream_id>/tips/<uuid:tip_id>/take-down",
        views.TakeDownView.as_view(),
        name="tip_take_down",
    ),
]
