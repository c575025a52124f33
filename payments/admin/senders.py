"""Who pays whom, as far as staff have to look at it: weeks that were mostly one sender's, and shared cards."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from core.admin import person_link
from payments.admin.base import ReadOnly
from payments.creators.models import SenderAlert, SharedCard
from payments.money import money_text
from payments.staff.finding import parties_found

HELP = "The id of a party or a person, a user name, or an address for mail; whole."


@admin.register(SenderAlert)
class SenderAlertAdmin(ReadOnly):
    list_display = ["week", "earner", "giver", "share", "sent", "earned", "at"]
    list_filter = ["week"]
    list_select_related = ["creator__user", "sender__user"]
    ordering = ["-week", "-id"]
    readonly_fields = fields = ("week", "earner", "giver", "share", "sent", "earned", "at")
    search_fields = ["creator", "sender"]
    search_help_text = HELP

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[SenderAlert], search_term: str
    ) -> tuple[QuerySet[SenderAlert], bool]:
        if not search_term.strip():
            return queryset, False
        found = parties_found(search_term)
        return queryset.filter(creator__in=found) | queryset.filter(sender__in=found), False

    @admin.display(description="creator")
    def earner(self, alert: SenderAlert) -> str:
        return person_link(alert.creator)

    @admin.display(description="sender")
    def giver(self, alert: SenderAlert) -> str:
        return person_link(alert.sender)

    @admin.display(description="share")
    def share(self, alert: SenderAlert) -> str:
        return f"{alert.percent} %"

    @admin.display(description="of this sender")
    def sent(self, alert: SenderAlert) -> str:
        return money_text(alert.amount, alert.currency)

    @admin.display(description="earned")
    def earned(self, alert: SenderAlert) -> str:
        return money_text(alert.of, alert.currency)


@admin.register(SharedCard)
class SharedCardAdmin(ReadOnly):
    list_display = ["at", "one", "other"]
    list_select_related = ["first__user", "second__user"]
    ordering = ["-id"]
    readonly_fields = fields = ("at", "one", "other")
    search_fields = ["first", "second"]
    search_help_text = HELP

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[SharedCard], search_term: str
    ) -> tuple[QuerySet[SharedCard], bool]:
        if not search_term.strip():
            return queryset, False
        found = parties_found(search_term)
        return queryset.filter(first__in=found) | queryset.filter(second__in=found), False

    @admin.display(description="person")
    def one(self, pair: SharedCard) -> str:
        return person_link(pair.first)

    @admin.display(description="person")
    def other(self, pair: SharedCard) -> str:
        return person_link(pair.second)
