"""Wallets: what is in them, and whether they are frozen."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.selectors import staff_party
from core.admin import Link as ListLink
from core.admin import action_with_reason, links_register, person_link
from core.errors import DomainError
from payments.admin.base import Storied
from payments.admin.forms import FreezeForm, told
from payments.models import Wallet
from payments.staff.finding import parties_found
from payments.staff.freezing import wallet_freeze, wallet_unfreeze
from payments.staff.story import Table, wallet_story

links_register(
    "accounts.user", ListLink(label="wallet", to="payments.wallet", field="q", attribute="party_id")
)
links_register(
    "payments.wallet",
    ListLink(label="orders", to="payments.order", field="party__id__exact"),
    ListLink(label="audit trail", to="core.auditevent", field="target", prefix="wallet:"),
)


@admin.register(Wallet)
class WalletAdmin(Storied):
    list_display = ["party_id", "person", "balance_coins", "frozen"]
    list_filter = ["frozen"]
    list_select_related = ["party__user"]
    ordering = ["pk"]
    readonly_fields = ["person", "related"]
    raw_id_fields = ["party", "account"]
    search_fields = ["party"]
    search_help_text = "The id of a party or a person, a user name, or an address for mail; whole."
    actions = ["freeze", "free"]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Wallet], search_term: str
    ) -> tuple[QuerySet[Wallet], bool]:
        if not search_term.strip():
            return queryset, False
        return queryset.filter(pk__in=parties_found(search_term)), False

    @admin.display(description="of")
    def person(self, wallet: Wallet) -> str:
        return person_link(wallet.party)

    def story(self, request: HttpRequest, thing: Wallet) -> list[Table]:
        return wallet_story(thing.pk)

    def has_freeze_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("payments.freeze_wallet")

    @action_with_reason(
        title="Freeze",
        warning="Nothing can be bought into these wallets or with them, and nothing given, until they are freed.",
        permission="freeze",
        form_class=FreezeForm,
    )
    def freeze(self, request: HttpRequest, wallets: QuerySet[Wallet], reason: str, told: str) -> int:
        return self._each(wallet_freeze, request, wallets, reason=reason, told=told)

    @action_with_reason(
        title="Free",
        warning="What is in these wallets can be spent again. One with an open dispute stays frozen by that.",
        permission="freeze",
    )
    def free(self, request: HttpRequest, wallets: QuerySet[Wallet], reason: str) -> int:
        return self._each(wallet_unfreeze, request, wallets, reason=reason)

    def _each(
        self, act: Callable[..., Any], request: HttpRequest, wallets: QuerySet[Wallet], **given: Any
    ) -> int:
        done = 0
        for wallet in wallets:
            try:
                act(party_id=wallet.pk, actor_party_id=staff_party(request), **given)
            except DomainError as refused:
                self.message_user(request, f"{wallet}: {told(refused)}", messages.WARNING)
                continue
            done += 1
        return done
