"""Doors to buying, and to what one bought."""

import uuid
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.requests import SignedInRequest
from accounts.errors import EmailUnconfirmed
from core.api.idempotent import idempotent
from core.api.pagination import CursorPagination, PageIn
from core.api.views import ApiView, SignedInApiView
from core.clients import request_address
from core.errors import InvalidInput, NotFound, NotSupported
from payments.api.serializers import (
    CapabilitiesIn,
    CapabilitiesOut,
    CheckoutOut,
    CoinsOrderIn,
    IntentOut,
    OrderOut,
    OrderPageOut,
    PacksIn,
    PacksOut,
    ReceiptOut,
    ReceiptPageOut,
    SpendingIn,
    SpendingOut,
)
from payments.errors import CurrencyUnknown, WalletFrozen
from payments.gateway import GatewayError
from payments.orders.errors import (
    AmountOutOfRange,
    OrderClosed,
    SourceUnavailable,
    SpendLimitReached,
    TooManyDeclines,
)
from payments.orders.goods import GOODS
from payments.orders.limits import spend_limit_set, spending
from payments.orders.models import Flow, Order, Purpose, RefundState
from payments.orders.prices import LEAST, MOST, Offer, offer_of_coins, offer_of_pack, offers
from payments.orders.selectors import order_get_for, orders_of, receipt_get_for, receipts_of
from payments.orders.services import Begun, coins_order, order_cancel
from payments.orders.sources import source_require, sources_on
from payments.provider import payments_mode, provider
from payments.returning import own_url, with_next
from payments.terms import book_terms, terms
from streams.errors import TooYoung

NO_STORE = {"Cache-Control": "no-store"}
ORDERING = (
    NotFound, NotSupported, CurrencyUnknown, AmountOutOfRange, EmailUnconfirmed, TooYoung, WalletFrozen,
    SpendLimitReached, TooManyDeclines, GatewayError, SourceUnavailable,
)  # fmt: skip


class CapabilitiesView(ApiView):
    @extend_schema(operation_id="capabilities", parameters=[CapabilitiesIn], responses=CapabilitiesOut)
    def get(self, request: Request) -> Response:
        """What may be sold on a platform, and by whom: ask before you show a price."""
        platform = CapabilitiesIn.of(request).validated_data["platform"]
        sources, mode = sources_on(platform), payments_mode()
        sells = any(source.available for source in sources)
        return Response(
            {
                "platform": platform,
                "payments": mode,
                "sources": [
                    {
                        "name": source.name,
                        "available": source.available,
                        "flows": list(source.flows),
                        "reason": source.reason,
                    }
                    for source in sources
                ],
                "sells": [purpose.value for purpose in Purpose if purpose in GOODS] if sells else [],
                "currencies": list(terms()) if sells else [],
                "least_amount": LEAST,
                "most_amount": MOST,
                "publishable_key": provider().publishable_key if sells else "",
                "provider_address": provider().address if sells and mode == "sandbox" else "",
            }
        )


class PacksView(ApiView):
    errors = (CurrencyUnknown, AmountOutOfRange)

    @extend_schema(operation_id="packs", parameters=[PacksIn], responses=PacksOut)
    def get(self, request: Request) -> Response:
        """What packs of coins cost in a currency; nothing where nothing is sold."""
        asked = PacksIn.of(request).validated_data
        currency = asked.get("currency", book_terms().currency)
        is_off = payments_mode() == "off"
        packs = [] if is_off else offers(currency=currency)
        exact = None
        if "coins" in asked and not is_off:
            exact = offer_of_coins(coins=asked["coins"], currency=currency)
        return Response(
            {
                "currency": currency,
                "packs": [
                    {
                        "id": offer.pack_id,
                        "coins": offer.coins,
                        "amount": offer.amount,
                        "currency": offer.currency,
                    }
                    for offer in packs
                ],
                "exact": exact and {"coins": exact.coins, "amount": exact.amount, "currency": exact.currency},
            }
        )


class CheckoutView(SignedInApiView):
    throttle_bucket = "pay"
    errors = ORDERING

    @extend_schema(operation_id="checkout_create", request=CoinsOrderIn, responses={201: CheckoutOut})
    @idempotent
    def post(self, request: SignedInRequest) -> Response:
        """Order coins, to be paid on a page of the provider. The same that waits already is answered again."""
        begun = _begin(request, flow=Flow.CHECKOUT, platform="web")
        return checkout_answer(begun)


class IntentView(SignedInApiView):
    throttle_bucket = "pay"
    errors = ORDERING

    @extend_schema(operation_id="intent_create", request=CoinsOrderIn, responses={201: IntentOut})
    @idempotent
    def post(self, request: SignedInRequest) -> Response:
        """Order coins, to be paid in an app by the provider's library. The same that waits is answered again."""
        begun = _begin(request, flow=Flow.INTENT, platform="android")
        return intent_answer(begun)


class OrdersView(SignedInApiView):
    @extend_schema(operation_id="orders", parameters=[PageIn], responses=OrderPageOut)
    def get(self, request: SignedInRequest) -> Response:
        """What you ordered, newest first, paid or not."""
        paginator = CursorPagination()
        page = paginator.paginate_queryset(orders_of(request.user), request)
        return Response(_page(paginator, [order_card(order) for order in page]))


class OrderView(SignedInApiView):
    errors = (NotFound,)

    @extend_schema(operation_id="order_get", responses=OrderOut)
    def get(self, request: SignedInRequest, order_id: uuid.UUID) -> Response:
        """One order of yours, and how far it is."""
        return Response(order_card(order_get_for(viewer=request.user, order_id=order_id)))


class OrderCancelView(SignedInApiView):
    errors = (NotFound, OrderClosed, NotSupported, GatewayError)

    @extend_schema(operation_id="order_cancel", request=None, responses=OrderOut)
    def post(self, request: SignedInRequest, order_id: uuid.UUID) -> Response:
        """Take back an order that waits. One that was paid at the same moment is answered as paid."""
        order_cancel(user=request.user, order_id=order_id)
        return Response(order_card(order_get_for(viewer=request.user, order_id=order_id)))


class ReceiptsView(SignedInApiView):
    @extend_schema(operation_id="receipts", parameters=[PageIn], responses=ReceiptPageOut)
    def get(self, request: SignedInRequest) -> Response:
        """Your receipts and credit notes, newest first."""
        paginator = CursorPagination()
        page = paginator.paginate_queryset(receipts_of(request.user), request)
        return Response(_page(paginator, [ReceiptOut(receipt).data for receipt in page]))


class ReceiptView(SignedInApiView):
    errors = (NotFound,)

    @extend_schema(operation_id="receipt_get", responses=ReceiptOut)
    def get(self, request: SignedInRequest, receipt_id: uuid.UUID) -> Response:
        """One receipt or credit note of yours."""
        return Response(ReceiptOut(receipt_get_for(viewer=request.user, receipt_id=receipt_id)).data)


class SpendingView(SignedInApiView):
    errors = (InvalidInput,)

    @extend_schema(operation_id="spending", responses=SpendingOut)
    def get(self, request: SignedInRequest) -> Response:
        """What you spent in the last 24 hours, and how much more may be."""
        return Response(SpendingOut(spending(user=request.user)).data)

    @extend_schema(operation_id="spending_set", request=SpendingIn, responses=SpendingOut)
    def put(self, request: SignedInRequest) -> Response:
        """Set a limit of your own."""
        body = SpendingIn(data=request.data)
        body.is_valid(raise_exception=True)
        return Response(
            SpendingOut(spend_limit_set(user=request.user, amount=body.validated_data["own"])).data
        )


def order_card(order: Order) -> dict[str, Any]:
    """An order as its buyer sees it. Queries: none for one of ``orders_of``, else 4."""
    payment = getattr(order, "payment", None)
    refunds = list(payment.refunds.all()) if payment else []
    came_back = [refund for refund in refunds if refund.state != RefundState.FAILED]
    return {
        "id": order.pk,
        "purpose": order.purpose,
        "state": order.state,
        "title": order.title,
        "amount": order.amount,
        "currency": order.currency,
        "coins": order.coins,
        "needs_action": order.needs_action,
        "declined": order.declined,
        "card": f"{payment.card_brand} {payment.card_last4}".strip() if payment else "",
        "refunded": sum(refund.amount for refund in came_back),
        "created_at": order.created_at,
        "expires_at": order.expires_at,
        "closed_at": order.closed_at,
        "receipts": [
            {"id": receipt.pk, "code": receipt.code, "kind": receipt.kind} for receipt in order.receipts.all()
        ],
        "refunds": [
            {
                "id": refund.pk,
                "state": refund.state,
                "amount": refund.amount,
                "coins": refund.coins,
                "asked_at": refund.asked_at,
            }
            for refund in refunds
        ],
    }


def checkout_answer(begun: Begun) -> Response:
    """An order, and the provider's page that it is paid on. Queries: those of ``order_card``."""
    return Response({"order": order_card(begun.order), "url": begun.url}, status=201, headers=NO_STORE)


def intent_answer(begun: Begun) -> Response:
    """An order, and what the provider's library in an app needs to have it paid. Queries: those of ``order_card``."""
    answer = {
        "order": order_card(begun.order),
        "client_secret": begun.client_secret,
        "publishable_key": provider().publishable_key,
    }
    return Response(answer, status=201, headers=NO_STORE)


def _begin(request: SignedInRequest, *, flow: Flow, platform: str) -> Begun:
    body = CoinsOrderIn(data=request.data)
    body.is_valid(raise_exception=True)
    given = body.validated_data
    source = source_require(given["source"], platform=given.get("platform", platform), flow=flow)
    return coins_order(
        user=request.user,
        offer=_offer(given),
        flow=flow,
        source=source.name,
        address=request_address(request._request),
        back_to=with_next(own_url(request._request, "/wallet"), given.get("next", "")),
    )


def _offer(given: dict[str, Any]) -> Offer:
    if "pack" in given:
        return offer_of_pack(pack_id=given["pack"], currency=given["currency"])
    return offer_of_coins(coins=given["coins"], currency=given["currency"])


def _page(paginator: CursorPagination, results: list[Any]) -> dict[str, Any]:
    return {
        "next": paginator.get_next_link(),
        "previous": paginator.get_previous_link(),
        "results": results,
    }
