"""Orders, found by any id, with all that belongs to them; and refunds from their page."""

import uuid
from contextlib import suppress
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html

from accounts.selectors import staff_party
from core.admin import Link as ListLink
from core.admin import action_with_reason, links_register, person_link
from core.errors import DomainError
from payments.admin.base import ReadOnly, Storied
from payments.admin.forms import RefundForm, told
from payments.models import Wallet
from payments.money import money_text
from payments.orders.keeping import order_left
from payments.orders.models import Order, Payment, ProviderEvent, Receipt, Refund
from payments.staff.errors import RequestDecided
from payments.staff.failed import refund_seen_to, refunds_need_a_hand
from payments.staff.finding import orders_found
from payments.staff.models import FraudWarning
from payments.staff.refunding import left_alone, refund_ask, refund_preview
from payments.staff.story import Link, Table, order_story
from payments.terms import book_terms

links_register(
    "accounts.user",
    ListLink(label="orders", to="payments.order", field="party__id__exact", attribute="party_id"),
)
links_register(
    "payments.order",
    ListLink(label="audit trail", to="core.auditevent", field="target", prefix="order:"),
    ListLink(label="wallet", to="payments.wallet", field="q", attribute="party_id"),
)


class NeedsAHand(admin.SimpleListFilter):
    """Refunds that failed, or the orders of those."""

    title = "failed refund"
    parameter_name = "failed"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("open", "Failed, needs a hand")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() != "open":
            return queryset
        failed = refunds_need_a_hand()
        if queryset.model is Refund:
            return queryset.filter(pk__in=failed.values("pk"))
        return queryset.filter(pk__in=failed.values("payment__order_id"))


@admin.register(Order)
class OrderAdmin(Storied):
    """Found by any id there is: ours, the provider's, a receipt's, a gift's, a person's name or address."""

    list_display = ["id", "created_at", "title", "money", "person", "state", "problem", "declined"]
    list_filter = ["state", "purpose", NeedsAHand, "problem", "created_at"]
    list_select_related = ["party__user"]
    exclude = ["placed_from", "amount", "currency"]
    readonly_fields = ["money", "person", "related"]
    # Makes the box appear; what it finds is in get_search_results.
    search_fields = ["id"]
    search_help_text = (
        "Any one id, whole: of an order, checkout, payment, charge, refund, dispute, receipt (R-0000017), ticket, tip, "
        "gift, ledger transaction, webhook or person; a user name or an address for mail."
    )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Order], search_term: str
    ) -> tuple[QuerySet[Order], bool]:
        if not search_term.strip():
            return queryset, False
        return queryset.filter(pk__in=orders_found(search_term)), False

    @admin.display(description="amount")
    def money(self, order: Order) -> str:
        return money_text(order.amount, order.currency)

    @admin.display(description="buyer")
    def person(self, order: Order) -> str:
        return person_link(order.party)

    def story(self, request: HttpRequest, thing: Order) -> list[Table]:
        return order_story(thing)

    def tools(self, request: HttpRequest, thing: Order) -> list[Link]:
        payment = Payment.objects.select_related("order").filter(order=thing).first()
        if payment is None or not self._may_refund(request) or order_left(payment) == 0:
            return []
        return [Link("Refund", reverse("admin:payments_order_refund", args=[thing.pk]))]

    def get_urls(self) -> list[URLPattern]:
        refund = self.admin_site.admin_view(self.refund)
        return [
            path("<uuid:order_id>/refund/", refund, name="payments_order_refund"),
            *super().get_urls(),
        ]

    def _may_refund(self, request: HttpRequest) -> bool:
        return request.user.has_perm("payments.add_refund")

    def refund(self, request: HttpRequest, order_id: uuid.UUID) -> HttpResponse:
        """Ask how much and why, show what it takes from whom, then do it or ask a second person."""
        if not self._may_refund(request):
            raise PermissionDenied
        payment = Payment.objects.filter(order_id=order_id).select_related("order__party__user").first()
        if payment is None:
            raise Http404
        order, left = payment.order, order_left(payment)
        # As a warning's link fills it in.
        begun = {"reason": request.GET.get("reason", ""), "include_spent": "spent" in request.GET}
        form = RefundForm(request.POST or None, order=order, left=left, initial=begun)
        taken: list[Table] = []
        if form.is_valid():
            try:
                if "confirmed" in request.POST:
                    return self._refunded(request, order, form)
                taken = refund_preview(
                    order_id=order.pk,
                    amount=form.cleaned_data["amount"],
                    include_spent=form.cleaned_data["include_spent"],
                    actor_party_id=staff_party(request),
                )
            except DomainError as refused:
                form.add_error(None, told(refused, order.currency))
        context = {
            **self.admin_site.each_context(request),
            "title": f"Refund {order.title}",
            "opts": self.model._meta,
            "order": order,
            "form": form,
            "left": money_text(left, order.currency),
            "alone": money_text(left_alone(actor_party_id=staff_party(request)), book_terms().currency),
            "taken": taken,
            "frozen": Wallet.objects.filter(pk=order.party_id).exclude(frozen="").first(),
        }
        return TemplateResponse(request, "admin/payments/refund.html", context)

    def _refunded(self, request: HttpRequest, order: Order, form: RefundForm) -> HttpResponse:
        given: dict[str, Any] = form.cleaned_data
        made = refund_ask(
            order_id=order.pk,
            amount=given["amount"],
            reason=given["reason"],
            include_spent=given["include_spent"],
            actor_party_id=staff_party(request),
        )
        amount = money_text(made.amount, order.currency)
        if made.refund is None:
            text = f"You may not give {amount} back alone. Nothing was taken: a second person has to approve."
            self.message_user(request, text, messages.WARNING)
        else:
            self.message_user(request, f"{amount}: {made.refund.get_state_display()}.", messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:payments_order_change", args=[order.pk]))


@admin.register(Payment)
class PaymentAdmin(ReadOnly):
    list_display = ["charge_id", "order", "charged_at", "settled_amount", "settled_fee", "warned_at"]
    list_filter = ["charged_at"]
    search_fields = ["charge_id__exact", "intent_id__exact", "movement_id__exact", "card_fingerprint__exact"]
    list_select_related = ["order"]
    raw_id_fields = ["order"]


@admin.register(Refund)
class RefundAdmin(ReadOnly):
    list_display = ["asked_at", "order", "money", "state", "failure", "by", "reason", "seen_to_at"]
    list_filter = [NeedsAHand, "state", "asked_at"]
    search_fields = ["id__exact", "provider_id__exact", "payment__charge_id__exact"]
    list_select_related = ["payment__order", "asked_by__user"]
    raw_id_fields = ["payment", "asked_by"]
    actions = ["seen_to"]

    @admin.display(description="order")
    def order(self, refund: Refund) -> str:
        return _link(reverse("admin:payments_order_change", args=[refund.payment.order_id]), "order")

    @admin.display(description="amount")
    def money(self, refund: Refund) -> str:
        return money_text(refund.amount, refund.payment.order.currency)

    @admin.display(description="asked by")
    def by(self, refund: Refund) -> str:
        return person_link(refund.asked_by) if refund.asked_by_id else "rule"

    def has_refund_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("payments.add_refund")

    @action_with_reason(
        title="Seen to otherwise",
        warning="Nothing is booked. Say how the buyer got their money, or why they do not get it.",
        permission="refund",
    )
    def seen_to(self, request: HttpRequest, refunds: QuerySet[Refund], reason: str) -> int:
        done = 0
        for refund in refunds:
            with suppress(RequestDecided):  # passed over, which the page counts
                refund_seen_to(refund_id=refund.pk, reason=reason, actor_party_id=staff_party(request))
                done += 1
        return done


@admin.register(Receipt)
class ReceiptAdmin(ReadOnly):
    list_display = ["code", "kind", "order", "gross", "tax", "currency", "issued_at"]
    list_filter = ["kind", "issued_at"]
    search_fields = ["number__exact"]
    list_select_related = ["order"]


@admin.register(FraudWarning)
class FraudWarningAdmin(ReadOnly):
    """Stripe's advice is to give the money back before it is disputed, where that still helps."""

    list_display = ["told_at", "kind", "actionable", "order", "give_back"]
    list_filter = ["actionable", "told_at"]
    list_select_related = ["payment__order"]
    search_fields = ["provider_id__exact", "payment__charge_id__exact"]

    @admin.display(description="order")
    def order(self, warning: FraudWarning) -> str:
        return _link(reverse("admin:payments_order_change", args=[warning.payment.order_id]), "order")

    @admin.display(description="refund")
    def give_back(self, warning: FraudWarning) -> str:
        if not warning.actionable:
            return "too late"
        address = reverse("admin:payments_order_refund", args=[warning.payment.order_id])
        return _link(f"{address}?reason=The+bank+warned+of+fraud&spent=1", "refund now")


@admin.register(ProviderEvent)
class ProviderEventAdmin(ReadOnly):
    list_display = ["event_id", "kind", "state", "attempts", "error", "received_at"]
    list_filter = ["state", "received_at"]
    search_fields = ["event_id__exact"]


def _link(address: str, text: str) -> str:
    return format_html('<a href="{}">{}</a>', address, text)
