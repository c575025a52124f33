"""Staff's view of what was ordered, and the packs. The books are not changed here: what comes back, services give."""

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest

from accounts.selectors import staff_party
from core.admin import Link, WithLinks, action_with_reason, links_register, person_link
from core.errors import DomainError
from payments.models import CoinPack, CoinPackPrice
from payments.money import money_text
from payments.orders.models import Chargeback, Order, Payment, ProviderEvent, Receipt, Refund
from payments.orders.prices import LEAST, MOST
from payments.orders.refunds import order_refund
from payments.packs import net_covers
from payments.terms import terms

links_register(
    "accounts.user", Link(label="orders", to="payments.order", field="party__id__exact", attribute="party_id")
)


class PricesForm(BaseInlineFormSet):
    """Refuses what ``payments.packs.pack_price_set`` refuses, for as many coins as the pack is to have."""

    def clean(self) -> None:
        super().clean()
        for form in self.forms:
            given = getattr(form, "cleaned_data", {})
            if given.get("DELETE") or not given.get("price") or not given.get("currency"):
                continue
            if problem := _problem(self.instance.coins, given["price"], given["currency"]):
                form.add_error(*problem)


def _problem(coins: int, price: int, currency: str) -> tuple[str, str] | None:
    known = terms().get(currency)
    if known is None:
        return "currency", f"Not one of {', '.join(terms())}."
    if not LEAST <= price <= MOST:
        return "price", f"From {LEAST} to {MOST}, in minor units."
    if not net_covers(coins=coins, price=price, terms=known):
        return "price", "What remains after processing does not pay the creators for the coins."
    return None


class Prices(admin.TabularInline):
    model = CoinPackPrice
    formset = PricesForm
    extra = 1


@admin.register(CoinPack)
class CoinPackAdmin(admin.ModelAdmin):
    list_display = ["coins", "on_sale", "prices_shown"]
    list_filter = ["on_sale"]
    inlines = [Prices]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).prefetch_related("prices")

    @admin.display(description="prices")
    def prices_shown(self, pack: CoinPack) -> str:
        return ", ".join(money_text(price.price, price.currency) for price in pack.prices.all())


class ReadOnly(admin.ModelAdmin):
    """What happened is looked at, never edited."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(Order)
class OrderAdmin(WithLinks, ReadOnly):
    """Found by any id: its own, the provider's, a receipt's, the buyer's name or address."""

    list_display = ["id", "created_at", "title", "money", "state", "problem", "declined"]
    list_filter = ["state", "purpose", "problem", "created_at"]
    list_select_related = ["party__user"]
    exclude = ["placed_from"]
    readonly_fields = ["person"]
    search_fields = [
        "id", "checkout_id", "intent_id", "payment__charge_id", "payment__movement_id", "payment__refunds__provider_id",
        "payment__chargebacks__provider_id", "receipts__id", "party__id", "party__user__username", "party__user__email",
    ]  # fmt: skip
    actions = ["give_back"]

    @admin.display(description="amount")
    def money(self, order: Order) -> str:
        return money_text(order.amount, order.currency)

    @admin.display(description="buyer")
    def person(self, order: Order) -> str:
        return person_link(order.party)

    def has_give_back_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("payments.add_refund")

    @action_with_reason(
        title="Give back",
        warning="Takes all unspent coins of each order back, and has the provider give their price back.",
        permission="give_back",
    )
    def give_back(self, request: HttpRequest, orders: QuerySet[Order], reason: str) -> int:
        done = 0
        for order in orders:
            try:
                order_refund(
                    order_id=order.pk, amount=None, reason=reason, actor_party_id=staff_party(request)
                )
            except DomainError:
                continue  # counted as passed over
            done += 1
        return done


@admin.register(Payment)
class PaymentAdmin(ReadOnly):
    list_display = ["charge_id", "order", "charged_at", "settled_amount", "settled_fee", "warned_at"]
    list_filter = ["charged_at"]
    search_fields = ["charge_id", "intent_id", "movement_id", "order__id", "card_last4"]
    list_select_related = ["order"]


@admin.register(Refund)
class RefundAdmin(ReadOnly):
    list_display = ["id", "payment", "amount", "coins", "state", "failure", "asked_at"]
    list_filter = ["state", "asked_at"]
    search_fields = ["id", "provider_id", "payment__charge_id", "payment__order__id"]
    list_select_related = ["payment"]


@admin.register(Chargeback)
class ChargebackAdmin(ReadOnly):
    list_display = ["provider_id", "payment", "status", "reason", "amount", "currency", "due_by", "closed_at"]
    list_filter = ["status", "due_by"]
    search_fields = ["provider_id", "payment__charge_id", "payment__order__id"]
    list_select_related = ["payment"]


@admin.register(Receipt)
class ReceiptAdmin(ReadOnly):
    list_display = ["code", "kind", "order", "gross", "tax", "currency", "issued_at"]
    list_filter = ["kind", "issued_at"]
    search_fields = ["number", "order__id"]
    list_select_related = ["order"]


@admin.register(ProviderEvent)
class ProviderEventAdmin(ReadOnly):
    list_display = ["event_id", "kind", "state", "attempts", "error", "received_at"]
    list_filter = ["state", "kind", "received_at"]
    search_fields = ["event_id", "about"]
