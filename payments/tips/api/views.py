"""Doors to tips."""

import uuid

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.requests import SignedInRequest
from core.api.idempotent import idempotent
from core.api.views import ApiView, SignedInApiView
from core.clients import request_address
from core.errors import Forbidden, NotFound
from payments.api.serializers import CheckoutOut, IntentOut
from payments.api.views import NO_STORE, ORDERING, checkout_answer, intent_answer, order_card
from payments.errors import CardShared, CurrencyUnknown, OwnChannel
from payments.orders.coming_back import order_came_back
from payments.orders.models import Flow
from payments.orders.services import Begun, Payer
from payments.orders.sources import source_require
from payments.provider import payments_mode
from payments.returning import own_url
from payments.terms import book_terms, terms
from payments.tips.api.serializers import (
    TakeDownIn,
    TipIn,
    TipOut,
    TipPriceIn,
    TipPriceOut,
)
from payments.tips.errors import TipMessageTooLong
from payments.tips.selectors import tip_get_for, tip_price
from payments.tips.services import tip_order, tip_take_down
from streams.errors import FollowersOnly, MatureGate, StreamNotLive, StreamOver
from streams.selectors import stream_get_for
from streams.viewers import viewer_from_request

TIPPING = (
    *ORDERING,
    OwnChannel,
    CardShared,
    TipMessageTooLong,
    Forbidden,
    FollowersOnly,
    MatureGate,
    StreamNotLive,
    StreamOver,
)  # fmt: skip


class TipPriceView(ApiView):
    errors = (CurrencyUnknown,)

    @extend_schema(operation_id="tip_price", parameters=[TipPriceIn], responses=TipPriceOut)
    def get(self, request: Request) -> Response:
        """What a tip may be in a currency, who gets what of it, and what the chat does with it."""
        price = tip_price(
            currency=TipPriceIn.of(request).validated_data.get("currency", book_terms().currency)
        )
        return Response(
            {
                "payments": payments_mode(),
                "currency": price.terms.currency,
                "currencies": list(terms()),
                "least": price.least,
                "most": price.most,
                "fee_percent": settings.FEE_PERCENT,
                "processing_per_mille": price.terms.per_mille,
                "processing_fixed": price.terms.fixed,
                "amounts": [
                    {
                        "amount": quote.amount,
                        "platform": quote.parts.platform,
                        "processing": quote.parts.processing,
                        "creator": quote.parts.creator,
                        "tier": quote.tier.number,
                    }
                    for quote in price.quotes
                ],
                "tiers": [
                    {
                        "tier": tier.number,
                        "least": least,
                        "characters": tier.characters,
                        "pinned_seconds": tier.pinned_seconds,
                    }
                    for least, tier in price.tiers
                ],
            }
        )


class TipView(SignedInApiView):
    throttle_bucket = "pay"
    errors = TIPPING

    @extend_schema(operation_id="tip_create", request=TipIn, responses={201: CheckoutOut})
    @idempotent
    def post(self, request: SignedInRequest, stream_id: uuid.UUID) -> Response:
        """Tip who streams, to be paid on a page of the provider. It is in the chat once it is paid."""
        begun = _begin(request, stream_id, flow=Flow.CHECKOUT, platform="web")
        return checkout_answer(begun)


class TipIntentView(SignedInApiView):
    throttle_bucket = "pay"
    errors = TIPPING

    @extend_schema(operation_id="tip_intent_create", request=TipIn, responses={201: IntentOut})
    @idempotent
    def post(self, request: SignedInRequest, stream_id: uuid.UUID) -> Response:
        """Tip who streams, to be paid in an app by the provider's library."""
        begun = _begin(request, stream_id, flow=Flow.INTENT, platform="android")
        return intent_answer(begun)


class MyTipView(SignedInApiView):
    errors = (NotFound,)

    @extend_schema(operation_id="tip_get", responses=TipOut)
    def get(self, request: SignedInRequest, order_id: uuid.UUID) -> Response:
        """The tip of an order of yours, paid or not: what it said, and how far it is."""
        tip = tip_get_for(viewer=request.user, order_id=order_id)
        order = order_came_back(viewer=request.user, order_id=order_id)
        return Response(
            {
                "order": order_card(order),
                "stream_id": order.stream_id,
                "message": tip.message,
                "anonymous": tip.anonymous,
                "tier": tip.tier,
            },
            headers=NO_STORE,
        )


class TakeDownView(SignedInApiView):
    errors = (NotFound, Forbidden)

    @extend_schema(operation_id="tip_take_down", request=TakeDownIn, responses={204: None})
    def post(self, request: SignedInRequest, stream_id: uuid.UUID, tip_id: uuid.UUID) -> Response:
        """Show nobody any more what a tip says; for who streams, and staff. Its money stays where it is."""
        body = TakeDownIn(data=request.data)
        body.is_valid(raise_exception=True)
        viewer = viewer_from_request(request)
        tip_take_down(viewer=viewer, stream_id=stream_id, tip_id=tip_id, **body.validated_data)
        return Response(status=204)


def _begin(request: SignedInRequest, stream_id: uuid.UUID, *, flow: Flow, platform: str) -> Begun:
    body = TipIn(data=request.data)
    body.is_valid(raise_exception=True)
    given = body.validated_data
    source = source_require(given["source"], platform=given.get("platform", platform), flow=flow)
    viewer = viewer_from_request(request)
    return tip_order(
        viewer=viewer,
        stream=stream_get_for(viewer=viewer, stream_id=stream_id),
        amount=given["amount"],
        currency=given["currency"],
        message=given["message"],
        anonymous=given["anonymous"],
        payer=Payer(
            user=request.user,
            flow=flow,
            address=request_address(request._request),
            back_to=own_url(request._request, f"/stream/{stream_id}"),
            source=source.name,
        ),
    )
