"""The packs of coins, which staff price."""

from django.contrib import admin
from django.db.models import QuerySet
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest

from payments.models import CoinPack, CoinPackPrice
from payments.money import money_text
from payments.orders.prices import LEAST, MOST
from payments.packs import net_covers
from payments.terms import terms


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
