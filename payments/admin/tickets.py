"""Tickets, prices and promo codes, to be looked at: what is paid back goes through the order."""

from django.contrib import admin

from core.admin import Link as ListLink
from core.admin import links_register, person_link
from payments.admin.base import ReadOnly
from payments.money import money_text
from payments.tickets.models import PromoCode, StreamPrice, Ticket

links_register("streams.stream", ListLink(label="tickets", to="payments.ticket", field="stream__id__exact"))
links_register(
    "accounts.user",
    ListLink(label="tickets", to="payments.ticket", field="party__id__exact", attribute="party_id"),
)


@admin.register(Ticket)
class TicketAdmin(ReadOnly):
    list_display = ["id", "person", "stream", "cost", "state", "void_reason", "used_at", "made_at"]
    list_filter = ["state", "void_reason", "made_at"]
    list_select_related = ["party__user", "stream"]
    readonly_fields = ["person"]
    search_fields = ["id__exact", "stream__id__exact", "party__id__exact", "order__id__exact"]
    search_help_text = "The id of a ticket, stream, party or order; whole."

    @admin.display(description="of")
    def person(self, ticket: Ticket) -> str:
        return person_link(ticket.party)

    @admin.display(description="cost")
    def cost(self, ticket: Ticket) -> str:
        return money_text(ticket.amount, ticket.currency) if ticket.amount else "nothing"


@admin.register(StreamPrice)
class StreamPriceAdmin(ReadOnly):
    list_display = ["stream", "amount", "currency", "coins", "pay_what_you_want", "preview_seconds"]
    list_select_related = ["stream"]
    search_fields = ["stream__id__exact"]
    ordering = ["-stream_id"]


@admin.register(PromoCode)
class PromoCodeAdmin(ReadOnly):
    list_display = [
        "code",
        "stream",
        "percent",
        "amount",
        "currency",
        "uses_most",
        "expires_at",
        "revoked_at",
    ]
    list_select_related = ["stream"]
    search_fields = ["code__iexact", "stream__id__exact", "creator__id__exact"]
