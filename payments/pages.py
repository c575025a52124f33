"""The wallet: coins, packs, what was ordered, receipts."""

import uuid
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from core.api.throttling import limited
from core.clients import request_address
from core.errors import DomainError, NotFound
from payments.earnings import sale_split
from payments.models import Wallet
from payments.orders.coming_back import order_came_back
from payments.orders.limits import spending
from payments.orders.models import WAITING, Flow, Order, OrderState, ReceiptKind
from payments.orders.prices import MOST, Offer, offer_of_coins, offer_of_pack, offers
from payments.orders.selectors import orders_of, receipt_get_for
from payments.orders.services import coins_order, order_cancel
from payments.provider import payments_mode, provider
from payments.returning import own_path, own_url, with_next
from payments.staff.freezing import frozen_told
from payments.terms import book_terms

ORDERS_SHOWN = 50
# Where Stripe's page is; a browser follows our form there only if it is named.
STRIPE_PAGE = "https://checkout.stripe.com"


class BuyForm(forms.Form):
    pack = forms.IntegerField(min_value=1, required=False)
    coins = forms.IntegerField(min_value=1, max_value=10**8, required=False)


@login_required
@require_safe
def wallet(request: HttpRequest) -> HttpResponse:
    """My coins. With ``?order=`` of one of mine: what became of it, looked up if nobody told us yet.

    Once that is paid, ``?next=`` is where its buyer came from, and goes on.
    """
    user = _user(request)
    order = came_back_with(request, user)
    came_from = own_path(request.GET.get("next", ""))
    if came_from and order is not None and order.state == OrderState.PAID:
        return redirect(came_from)
    mode = payments_mode()
    currency = book_terms().currency
    held = Wallet.objects.filter(pk=user.party_id).first()
    context: dict[str, Any] = {
        "wallet": held,
        "mode": mode,
        "order": order,
        "waits": order is not None and order.state in WAITING and "left" not in request.GET,
        "offers": offers(currency=currency) if mode != "off" else [],
        "most_coins": MOST,
        "currency": currency,
        "orders": orders_of(user).select_related("payment", "tip")[:ORDERS_SHOWN],
        "spending": spending(user=user),
        "came_from": came_from,
        "frozen_told": frozen_told(held) if held else "",
        "contact": _contact(),
    }
    return may_leave_for_paying(render(request, "payments/wallet.html", context))


@login_required
@require_POST
@limited("pay")
def buy(request: HttpRequest) -> HttpResponse:
    """Order what the form names and go to the provider's page."""
    form = BuyForm(request.POST)
    try:
        begun = coins_order(
            user=_user(request),
            offer=_offer(form),
            flow=Flow.CHECKOUT,
            address=request_address(request),
            back_to=with_next(own_url(request, "/wallet"), own_path(request.POST.get("next", ""))),
        )
    except DomainError as refused:
        messages.error(request, _told(refused))
        return redirect("payments:wallet")
    answer = HttpResponseRedirect(begun.url)
    answer.status_code = 303
    return answer


@login_required
@require_POST
def cancel(request: HttpRequest, order_id: uuid.UUID) -> HttpResponse:
    """Take back an order that waits."""
    try:
        order = order_cancel(user=_user(request), order_id=order_id)
    except NotFound:
        raise Http404
    except DomainError as refused:
        messages.error(request, _told(refused))
    else:
        messages.success(request, _("Cancelled.") if order.state != "paid" else _("It was paid already."))
    return redirect("payments:wallet")


@login_required
@require_safe
def receipt(request: HttpRequest, receipt_id: uuid.UUID) -> HttpResponse:
    """One receipt or credit note, to be printed."""
    try:
        found = receipt_get_for(viewer=_user(request), receipt_id=receipt_id)
    except NotFound:
        raise Http404
    context: dict[str, Any] = {
        "receipt": found,
        "percent": f"{found.tax_basis_points / 100:g}",
        "mode": payments_mode(),
    }
    if found.kind == ReceiptKind.RECEIPT:
        context |= {
            "parts": sale_split(order_reference=str(found.order_id)),
            "parts_currency": book_terms().currency,
            "creator": getattr(found.order.creator, "user", None),
        }
    return render(request, "payments/receipt.html", context)


def _contact() -> dict[str, str] | None:
    """Whom to ask, as a link: a page, or an address for mail."""
    contact = settings.SUPPORT_CONTACT
    if not contact:
        return None
    is_mail = "@" in contact and "//" not in contact
    return {"text": contact, "address": f"mailto:{contact}" if is_mail else contact}


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def came_back_with(request: HttpRequest, user: User) -> Order | None:
    try:
        return order_came_back(viewer=user, order_id=uuid.UUID(request.GET.get("order", "")))
    except (ValueError, NotFound):
        return None


def _offer(form: BuyForm) -> Offer:
    if not form.is_valid():
        raise NotFound()
    currency, given = book_terms().currency, form.cleaned_data
    if given["pack"]:
        return offer_of_pack(pack_id=given["pack"], currency=currency)
    return offer_of_coins(coins=given["coins"] or 0, currency=currency)


def paying_refusals() -> dict[str, str]:
    """Why nothing can be paid, whatever it is for: what happened, what it means, what to do. Queries: none."""
    return {
        "wallet_frozen": _(
            "Your wallet is frozen while a payment is looked into. Write to whoever runs this site."
        ),
        "spend_limit_reached": _("That is more than your limit for 24 hours. Nothing was paid."),
        "too_many_declines": _("Too many cards were declined. Try again in some hours."),
        "payment_provider_failed": _(
            "The payment provider does not answer. Nothing was paid. Try again in a minute."
        ),
        "not_supported": _("Nothing can be bought here at the moment."),
    }


def _told(refused: DomainError) -> str:
    """What happened, what it means, what to do."""
    words = paying_refusals() | {
        "amount_out_of_range": _(
            "One payment is at least 0.50 and at most 1,000.00. Choose another number of coins."
        ),
        "email_unconfirmed": _(
            "Confirm your e-mail address first. The mail with the link can be sent again above."
        ),
        "too_young": _("You are not old enough to pay here."),
        "order_closed": _("This order is over already."),
    }
    return words.get(refused.code, _("That could not be bought. Nothing was paid. Choose one of the packs."))


def may_leave_for_paying(response: HttpResponse) -> HttpResponse:
    """Let the page's forms lead to the provider's."""
    mode = payments_mode()
    if mode != "off":
        origin = STRIPE_PAGE
        if mode == "sandbox":
            port = urlsplit(provider().address).port
            origin = f"http://{urlsplit(settings.PUBLIC_URL).hostname}:{port}"
        response._csp_update = {"form-action": [origin]}  # type: ignore[attr-defined]
    return response
