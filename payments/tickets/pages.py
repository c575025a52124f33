"""The page that sells a ticket. It needs no script: the price with a promo code is the page asked for with that."""

import uuid
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import User
from core.api.throttling import limited
from core.clients import request_address
from core.errors import DomainError, NotFound
from payments.models import Wallet
from payments.money import money_digits, money_read, money_text
from payments.orders.models import WAITING, Flow, OrderState
from payments.orders.prices import Offer, offer_of_coins
from payments.orders.services import Payer
from payments.pages import came_back_with, may_leave_for_paying, paying_refusals
from payments.provider import payments_mode
from payments.returning import own_url
from payments.terms import COIN, book_terms
from payments.tickets.errors import PromoCodeRefused, TicketUsed
from payments.tickets.prices import Quote, quote
from payments.tickets.refunds import ticket_refund
from payments.tickets.services import ticket_order, ticket_spend
from payments.tickets.states import valid_ticket
from streams.access import is_creator
from streams.models import OVER, Stream
from streams.selectors import stream_get_for, stream_view
from streams.viewers import Viewer, viewer_from_request


@dataclass
class TicketForm:
    """What was typed, and a sentence beside each field that is wrong with it."""

    promo_code: str = ""
    amount: str = ""
    coins: str = ""
    request_id: str = ""
    errors: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, given: Any) -> "TicketForm":
        def said(name: str) -> str:
            return str(given.get(name, "")).replace("\0", "").strip()[:40]

        return cls(said("promo_code").upper(), said("amount"), said("coins"), said("request_id"))


@require_http_methods(["GET", "HEAD", "POST"])
def ticket(request: HttpRequest, stream_id: uuid.UUID) -> HttpResponse:
    """What a ticket costs, and buying it. With ``?order=`` of one of mine: what became of it."""
    viewer = viewer_from_request(request)
    try:
        stream = stream_get_for(viewer=viewer, stream_id=stream_id)
    except NotFound:
        raise Http404 from None
    if not stream.ticketed:
        return redirect("pages:stream", stream.pk)
    if request.method == "POST":
        return _buy(request, viewer, stream)
    form = TicketForm.of(request.GET)
    # Nobody tries words until one fits; the price itself is for everybody.
    return (_page_with_code if form.promo_code else _page)(request, viewer, stream, form)


@login_required
@require_POST
@limited("pay")
def give_back(request: HttpRequest, stream_id: uuid.UUID) -> HttpResponse:
    """Give my ticket back, and go to the wallet."""
    user = request.user
    assert isinstance(user, User)
    try:
        mine = ticket_refund(party_id=user.party_id, stream_id=stream_id)
    except NotFound:
        raise Http404 from None
    except TicketUsed as refused:
        messages.error(request, _back_told(refused))
    else:
        told = _("The ticket is given back. The coins are in your wallet.")
        if mine.currency != COIN:
            told = _("The ticket is given back. The money takes some days to arrive.")
        messages.success(request, told)
    return redirect("payments:wallet")


@limited("pay")
def _buy(request: HttpRequest, viewer: Viewer, stream: Stream) -> HttpResponse:
    """Go to the provider's page, or to the stream when there is nothing left to pay."""
    form = TicketForm.of(request.POST)
    if viewer.user is None:
        return redirect(_sign_in_url(request))
    try:
        if request.POST.get("with") == "coins":
            ticket_spend(
                viewer=viewer,
                stream=stream,
                request_id=_request_id(form),
                coins=int(form.coins) if form.coins.isdecimal() and form.coins.isascii() else None,
                promo_code=form.promo_code,
            )
            return _let_in(request, stream)
        amount = money_read(form.amount, book_terms().currency) if form.amount else None
        if form.amount and amount is None:
            form.errors["amount"] = _("Type an amount such as 3.50.")
            return _page(request, viewer, stream, form)
        bought = ticket_order(
            viewer=viewer,
            stream=stream,
            payer=Payer(
                viewer.user, Flow.CHECKOUT, request_address(request), own_url(request, _here(stream))
            ),
            amount=amount,
            promo_code=form.promo_code,
        )
    except DomainError as refused:
        return _page(request, viewer, stream, form, refused)
    if bought.begun is None:
        return _let_in(request, stream)
    answer = HttpResponseRedirect(bought.begun.url)
    answer.status_code = 303
    return answer


def _page(
    request: HttpRequest,
    viewer: Viewer,
    stream: Stream,
    form: TicketForm,
    refused: DomainError | None = None,
) -> HttpResponse:
    user = viewer.user
    order = came_back_with(request, user) if user else None
    if order is not None and order.stream_id != stream.pk:
        order = None
    mine = valid_ticket(stream_id=stream.pk, party_id=user.party_id) if user else None
    if mine is not None and order is not None and order.state == OrderState.PAID:
        return _let_in(request, stream)
    offered = _quote(stream, form)
    waits = order is not None and order.state in WAITING and "left" not in request.GET
    is_over = stream.status in OVER
    form.request_id = form.request_id or str(uuid.uuid4())
    if not form.amount and offered.amount:
        form.amount = money_digits(offered.amount, offered.price.currency)
    refusal = _refusal(refused, form) if refused else ""
    context: dict[str, Any] = {
        "stream": stream_view(stream),
        "quote": offered,
        "form": form,
        "refusal": refusal,
        "ticket": mine,
        "order": order,
        "waits": waits,
        "waiting": {"order": str(order.pk), "state": order.state} if order else None,
        "is_over": is_over,
        "is_own": is_creator(viewer, stream),
        "mode": payments_mode(),
        "broke_off_minutes": settings.TICKET_BROKE_OFF_MINUTES,
        "sign_in_url": _sign_in_url(request),
        "come_back": _come_back(stream, form),
        **_coins(user, offered, form),
    }
    was_refused = request.method == "POST"
    response = render(request, "payments/ticket.html", context, status=422 if was_refused else 200)
    return may_leave_for_paying(response)


@limited("pay")
def _page_with_code(request: HttpRequest, viewer: Viewer, stream: Stream, form: TicketForm) -> HttpResponse:
    return _page(request, viewer, stream, form)


def _quote(stream: Stream, form: TicketForm) -> Quote:
    """The price with the code, or without one that is not good; then the form says so. Queries: 1; with a code 3."""
    try:
        return quote(stream_id=stream.pk, promo_code=form.promo_code)
    except PromoCodeRefused as refused:
        form.errors["promo_code"] = _code_told(refused)
        return quote(stream_id=stream.pk)
    except NotFound:
        raise Http404 from None


def _coins(user: User | None, offered: Quote, form: TicketForm) -> dict[str, Any]:
    """What of the price one has in coins, and what exactly the rest costs. Queries: 1, signed in and sold for coins."""
    if user is None or not offered.coins:
        return {}
    wanted = max(offered.coins, int(form.coins) if form.coins.isdecimal() else 0)
    held = Wallet.objects.filter(pk=user.party_id).first()
    balance = held.balance_coins if held else 0
    missing = max(wanted - balance, 0)
    return {"wallet_coins": balance, "missing": missing, "offer": _offer(missing) if missing else None}


def _offer(coins: int) -> Offer | None:
    """None for fewer than can be paid: a pack is bought then."""
    try:
        return offer_of_coins(coins=coins, currency=book_terms().currency)
    except DomainError:
        return None


def _let_in(request: HttpRequest, stream: Stream) -> HttpResponse:
    messages.success(request, _("You have a ticket. Its receipt is in your wallet."))
    return redirect("pages:stream", stream.pk)


def _request_id(form: TicketForm) -> uuid.UUID:
    try:
        return uuid.UUID(form.request_id)
    except ValueError:
        return uuid.uuid4()


def _here(stream: Stream) -> str:
    return reverse("payments:ticket", args=[stream.pk])


def _come_back(stream: Stream, form: TicketForm) -> str:
    said = {"promo_code": form.promo_code} if form.promo_code else {}
    return f"{_here(stream)}?{urlencode(said)}" if said else _here(stream)


def _sign_in_url(request: HttpRequest) -> str:
    return f"{reverse('account_login')}?{urlencode({'next': request.get_full_path()})}"


def _back_told(refused: TicketUsed) -> str:
    words = {
        "late": _("The stream has been over for too long to give its ticket back."),
        "again": _("You gave a ticket for this stream back before; that is possible once."),
    }
    return words.get(
        refused.details["reason"], _("You have seen the picture, so this ticket cannot be given back.")
    )


def _code_told(refused: PromoCodeRefused) -> str:
    words = {
        "expired": _("This code is over."),
        "spent": _("This code was used as often as it may be."),
        "not_for_coins": _("This code takes off money, and this ticket costs coins."),
        "other_currency": _("This code is for another currency."),
        "below_least": _("With this code too little would be left to be paid."),
    }
    return words.get(refused.details["reason"], _("There is no such code."))


def _refusal(refused: DomainError, form: TicketForm) -> str:
    """What happened, what it means, what to do; "" when it stands beside a field."""
    if isinstance(refused, PromoCodeRefused):
        form.errors["promo_code"] = _code_told(refused)
        return ""
    if refused.code == "amount_out_of_range":
        currency = refused.details["currency"]
        least, most = (money_text(refused.details[name], currency) for name in ("least", "most"))
        name = "coins" if currency == COIN else "amount"
        form.errors[name] = _("From %(least)s to %(most)s.") % {"least": least, "most": most}
        return ""
    words = paying_refusals() | {
        "email_unconfirmed": _("Confirm your e-mail address first. The mail can be sent again above."),
        "too_young": _("You are not old enough for this."),
        "not_enough_coins": _("You do not have enough coins. Nothing was paid."),
        "own_channel": _("This stream is yours."),
        "shared_card": _("You and whoever streams have paid with the same card, so you cannot pay them."),
        "stream_ended": _("The stream is over. Nothing was paid."),
        "followers_only": _("Only followers can watch this stream. Follow the channel first."),
        "mature_gate": _("This stream is not for minors. Open it and say that you are of age first."),
        "request_id_reused": _("This was bought in another tab. Load the page again."),
        "not_for_sale": _("This ticket is not sold like that any more. Look at the price again."),
    }
    return words.get(refused.code, _("That could not be bought. Nothing was paid."))
