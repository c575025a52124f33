"""Doors to prices, promo codes and tickets."""

import uuid
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.requests import SignedInRequest
from accounts.errors import EmailUnconfirmed
from core.api.idempotent import idempotent
from core.api.throttling import spend
from core.api.views import ApiView, SignedInApiView
from core.clients import request_address
from core.errors import Forbidden, InvalidInput, NotFound
from payments.api.views import ORDERING, intent_answer, order_card
from payments.errors import CardShared, CurrencyUnknown, KeyUsedOtherwise, NotEnoughCoins, OwnChannel
from payments.orders.models import Flow, ReceiptKind
from payments.orders.selectors import order_get_for
from payments.orders.services import Payer
from payments.orders.sources import STRIPE, Source, source_require
from payments.provider import provider
from payments.returning import own_url
from payments.tickets.access import ticket_take_over
from payments.tickets.api.serializers import (
    MyTicketOut,
    PriceAskedIn,
    PriceIn,
    PriceOut,
    PromoCodeIn,
    PromoCodeOut,
    PromoCodesOut,
    StreamTicketOut,
    TicketBoughtOut,
    TicketBuyIn,
    TicketIntentIn,
    TicketIntentOut,
)
from payments.tickets.errors import (
    NotForSale,
    PriceInvalid,
    PriceSettled,
    PromoCodeRefused,
    PromoCodeTaken,
    TicketUsed,
)
from payments.tickets.models import PromoCode, Ticket, TicketState, VoidReason
from payments.tickets.prices import Quote, price_get, price_remove, price_set, quote
from payments.tickets.promo_codes import code_make, code_revoke, codes_of, uses_of
from payments.tickets.refunds import ticket_refund
from payments.tickets.selectors import tickets_of
from payments.tickets.services import Bought, ticket_order, ticket_spend
from streams.access import Action, require
from streams.errors import FollowersOnly, MatureGate, StreamOver
from streams.models import Stream
from streams.selectors import stream_get_for
from streams.viewers import Viewer, viewer_from_request

NO_STORE = {"Cache-Control": "no-store"}
GIVEN_BACK = {
    VoidReason.NEVER_STARTED, VoidReason.BROKE_OFF, VoidReason.STREAM_OVER, VoidReason.SECOND, VoidReason.FREE,
    VoidReason.BUYER, VoidReason.REFUNDED,
}  # fmt: skip


class PriceView(ApiView):
    errors = (
        NotFound, Forbidden, StreamOver, EmailUnconfirmed, PriceInvalid, PriceSettled, CurrencyUnknown,
        PromoCodeRefused,
    )  # fmt: skip

    def get_permissions(self) -> list[BasePermission]:
        return [] if self.request.method == "GET" else [IsAuthenticated()]

    @extend_schema(operation_id="stream_price", parameters=[PriceAskedIn], responses=PriceOut)
    def get(self, request: Request, stream_id: uuid.UUID) -> Response:
        """What a ticket costs, with a promo code if there is one; 404 for streams that cost nothing."""
        stream = stream_get_for(viewer=viewer_from_request(request), stream_id=stream_id)
        code = PriceAskedIn.of(request).validated_data.get("promo_code", "")
        if code:
            spend(request, "pay")  # nobody tries words until one fits
        return Response(_price(quote(stream_id=stream.pk, promo_code=code)))

    @extend_schema(operation_id="stream_price_set", request=PriceIn, responses=PriceOut)
    def put(self, request: Request, stream_id: uuid.UUID) -> Response:
        """Sell tickets to a stream of yours. Once it is live, or somebody has one, the price only goes down."""
        body = PriceIn(data=request.data)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        stream = _own(request, stream_id)
        price_set(
            stream_id=stream.pk,
            amount=given.get("amount"),
            currency=given.get("currency", ""),
            coins=given.get("coins"),
            pay_what_you_want=given["pay_what_you_want"],
            preview_seconds=given["preview_seconds"],
        )
        return Response(_price(quote(stream_id=stream.pk)))

    @extend_schema(operation_id="stream_price_remove", responses={204: None})
    def delete(self, request: Request, stream_id: uuid.UUID) -> Response:
        """Let everybody in for nothing, as long as nobody has paid."""
        price_remove(stream_id=_own(request, stream_id).pk)
        return Response(status=204)


class TicketView(SignedInApiView):
    errors = (
        *ORDERING, Forbidden, FollowersOnly, MatureGate, StreamOver, OwnChannel, CardShared, NotForSale,
        PromoCodeRefused, NotEnoughCoins, KeyUsedOtherwise,
    )  # fmt: skip

    @extend_schema(operation_id="ticket_get", responses=MyTicketOut)
    def get(self, request: SignedInRequest, stream_id: uuid.UUID) -> Response:
        """My ticket to this stream, if I have one."""
        viewer = viewer_from_request(request)
        stream = stream_get_for(viewer=viewer, stream_id=stream_id)
        mine = list(tickets_of(request.user).filter(stream=stream)[:20])
        valid = next((ticket for ticket in mine if ticket.state == TicketState.VALID), None)
        last = mine[0] if mine and valid is None else None
        return Response(
            {
                "ticket": _ticket(valid, viewer) if valid else None,
                "last": _ticket(last, viewer) if last else None,
            },
            headers=NO_STORE,
        )

    @extend_schema(operation_id="ticket_buy", request=TicketBuyIn, responses={201: TicketBoughtOut})
    @idempotent
    def post(self, request: SignedInRequest, stream_id: uuid.UUID) -> Response:
        """Buy a ticket: for coins at once, for money on a page of the provider. Who has one gets that for nothing."""
        spend(request, "pay")
        body = TicketBuyIn(data=request.data)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        viewer = viewer_from_request(request)
        stream = stream_get_for(viewer=viewer, stream_id=stream_id)
        if given["with"] == "coins":
            ticket = ticket_spend(
                viewer=viewer,
                stream=stream,
                request_id=given["request_id"],
                coins=given.get("amount"),
                promo_code=given.get("promo_code", ""),
            )
            return _bought(viewer, ticket=ticket)
        source = source_require(STRIPE, platform="web", flow=Flow.CHECKOUT)
        bought = _order(request, viewer, stream, given, flow=Flow.CHECKOUT, source=source)
        if bought.begun is None:
            return _bought(viewer, ticket=bought.ticket)
        order = order_get_for(viewer=request.user, order_id=bought.begun.order.pk)
        return _bought(viewer, order=order_card(order), url=bought.begun.url)


class TicketIntentView(SignedInApiView):
    throttle_bucket = "pay"
    errors = TicketView.errors

    @extend_schema(
        operation_id="ticket_intent_create", request=TicketIntentIn, responses={201: TicketIntentOut}
    )
    @idempotent
    def post(self, request: SignedInRequest, stream_id: uuid.UUID) -> Response:
        """Buy a ticket for money in an app, by the provider's library. Who has one gets that for nothing."""
        body = TicketIntentIn(data=request.data)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        source = source_require(given["source"], platform=given.get("platform", "android"), flow=Flow.INTENT)
        viewer = viewer_from_request(request)
        stream = stream_get_for(viewer=viewer, stream_id=stream_id)
        bought = _order(request, viewer, stream, given, flow=Flow.INTENT, source=source)
        ticket = _ticket(bought.ticket, viewer) if bought.ticket else None
        if bought.begun is not None:
            begun = intent_answer(bought.begun)
            begun.data["ticket"] = ticket
            return begun
        key = provider().publishable_key
        answer = {"order": None, "client_secret": None, "publishable_key": key, "ticket": ticket}
        return Response(answer, status=201, headers=NO_STORE)


class TicketTakeOverView(SignedInApiView):
    errors = (NotFound,)

    @extend_schema(operation_id="ticket_take_over", request=None, responses=StreamTicketOut)
    def post(self, request: SignedInRequest, stream_id: uuid.UUID) -> Response:
        """Watch on this device; the one that did until now is put out."""
        viewer = viewer_from_request(request)
        ticket = ticket_take_over(viewer=viewer, stream_id=stream_id)
        return Response(_ticket(ticket, viewer), headers=NO_STORE)


class TicketRefundView(SignedInApiView):
    throttle_bucket = "pay"
    errors = (NotFound, TicketUsed)

    @extend_schema(operation_id="ticket_refund", request=None, responses=StreamTicketOut)
    def post(self, request: SignedInRequest, stream_id: uuid.UUID) -> Response:
        """Give your ticket back, as long as its picture never came; its price goes back to where it came from."""
        viewer = viewer_from_request(request)
        ticket = ticket_refund(party_id=request.user.party_id, stream_id=stream_id)
        return Response(_ticket(ticket, viewer), headers=NO_STORE)


class PromoCodesView(SignedInApiView):
    errors = (
        NotFound,
        Forbidden,
        StreamOver,
        EmailUnconfirmed,
        InvalidInput,
        CurrencyUnknown,
        PromoCodeTaken,
    )

    @extend_schema(operation_id="promo_codes", responses=PromoCodesOut)
    def get(self, request: SignedInRequest, stream_id: uuid.UUID) -> Response:
        """What lowers the price of a stream of yours, newest first."""
        codes = list(codes_of(_own(request, stream_id)).order_by("-id")[:200])
        used = uses_of(codes)
        return Response({"results": [_code(code, used.get(code.pk, 0)) for code in codes]})

    @extend_schema(operation_id="promo_code_make", request=PromoCodeIn, responses={201: PromoCodeOut})
    @idempotent
    def post(self, request: SignedInRequest, stream_id: uuid.UUID) -> Response:
        """Make a code: a percentage or an amount off."""
        body = PromoCodeIn(data=request.data)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        stream = _own(request, stream_id)
        currency = given.get("currency", "")
        if given.get("amount") is not None and not currency:
            currency = price_get(stream_id=stream.pk).currency
        code = code_make(
            stream=stream,
            code=given["code"],
            percent=given.get("percent"),
            amount=given.get("amount"),
            currency=currency,
            uses_most=given.get("uses_most"),
            expires_at=given.get("expires_at"),
            everywhere=given["everywhere"],
        )
        return Response(_code(code, 0), status=201)


class PromoCodeView(SignedInApiView):
    errors = (NotFound, Forbidden, StreamOver, EmailUnconfirmed)

    @extend_schema(operation_id="promo_code_revoke", responses={204: None})
    def delete(self, request: SignedInRequest, stream_id: uuid.UUID, code_id: uuid.UUID) -> Response:
        """Nobody buys with it any more; tickets that were bought with it stay."""
        code_revoke(stream=_own(request, stream_id), code_id=code_id)
        return Response(status=204)


def _own(request: Request, stream_id: uuid.UUID) -> Stream:
    """A stream that the caller may change now. Queries: 2."""
    viewer = viewer_from_request(request)
    stream = stream_get_for(viewer=viewer, stream_id=stream_id)
    require(viewer=viewer, stream=stream, action=Action.PUBLISH)
    return stream


def _order(
    request: SignedInRequest,
    viewer: Viewer,
    stream: Stream,
    given: dict[str, Any],
    *,
    flow: Flow,
    source: Source,
) -> Bought:
    return ticket_order(
        viewer=viewer,
        stream=stream,
        payer=Payer(
            user=request.user,
            flow=flow,
            address=request_address(request._request),
            back_to=own_url(request._request, f"/stream/{stream.pk}/ticket"),
            source=source.name,
        ),
        amount=given.get("amount"),
        currency=given.get("currency", ""),
        promo_code=given.get("promo_code", ""),
    )


def _price(found: Quote) -> dict[str, Any]:
    price, code = found.price, found.code
    return {
        "amount": found.amount,
        "currency": price.currency,
        "coins": found.coins,
        "pay_what_you_want": price.pay_what_you_want,
        "preview_seconds": price.preview_seconds,
        "full_amount": price.amount,
        "full_coins": price.coins,
        "promo": {"code": code.code, "percent": code.percent, "amount": code.amount} if code else None,
        "split": {
            "gross": split.gross,
            "platform": split.platform,
            "processing": split.processing,
            "creator": split.creator,
        }
        if (split := found.split)
        else None,
    }


def _ticket(ticket: Ticket, viewer: Viewer) -> dict[str, Any]:
    """A ticket as its owner sees it. Queries: none for one of ``tickets_of``, else 3."""
    order, code = ticket.order, ticket.promo_code
    receipts = (
        [receipt for receipt in order.receipts.all() if receipt.kind == ReceiptKind.RECEIPT] if order else []
    )
    return {
        "id": ticket.pk,
        "stream_id": ticket.stream_id,
        "state": ticket.state,
        "amount": ticket.amount,
        "currency": ticket.currency,
        "promo_code": code.code if code else None,
        "order_id": ticket.order_id,
        "receipt_id": receipts[0].pk if receipts else None,
        "made_at": ticket.made_at,
        "used_at": ticket.used_at,
        "elsewhere": ticket.held_by not in {"", viewer.device},
        "void_at": ticket.void_at,
        "void_reason": ticket.void_reason,
        "gives_back": ticket.amount > 0 and ticket.void_reason in GIVEN_BACK,
    }


def _bought(
    viewer: Viewer,
    *,
    ticket: Ticket | None = None,
    order: dict[str, Any] | None = None,
    url: str | None = None,
) -> Response:
    answer = {"order": order, "url": url, "ticket": _ticket(ticket, viewer) if ticket else None}
    return Response(answer, status=201, headers=NO_STORE)


def _code(code: PromoCode, uses: int) -> dict[str, Any]:
    return {
        "id": code.pk,
        "code": code.code,
        "percent": code.percent,
        "amount": code.amount,
        "currency": code.currency,
        "uses": uses,
        "uses_most": code.uses_most,
        "expires_at": code.expires_at,
        "revoked_at": code.revoked_at,
        "everywhere": code.stream_id is None,
    }
