"""Tips, to be looked at; what one says can be taken down. Its money goes back through its order."""

import uuid

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.text import Truncator

from core.admin import Link as ListLink
from core.admin import action_with_reason, links_register, person_link
from core.errors import DomainError
from payments.admin.base import ReadOnly
from payments.admin.forms import told
from payments.money import money_text
from payments.orders.webhooks import is_uuid
from payments.staff.finding import parties_found
from payments.tips.models import Tip
from payments.tips.services import tip_take_down
from streams.viewers import viewer_from_request

links_register("payments.order", ListLink(label="tip", to="payments.tip", field="q"))
links_register("streams.stream", ListLink(label="tips", to="payments.tip", field="q"))


@admin.register(Tip)
class TipAdmin(ReadOnly):
    list_display = ["id", "giver", "creator", "amount", "said", "paid_at", "hidden_at"]
    list_filter = ["paid_at", "hidden_at"]
    list_select_related = ["order__party__user", "order__creator__user"]
    readonly_fields = ["giver", "creator", "amount"]
    search_fields = ["message"]
    search_help_text = (
        "An id of a tip, order, stream or creator; a creator's user name or address for mail; words."
    )
    actions = ["take_down"]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Tip], search_term: str
    ) -> tuple[QuerySet[Tip], bool]:
        wanted = search_term.strip()
        if not wanted:
            return queryset, False
        creators = Q(order__creator__in=parties_found(wanted))
        if is_uuid(wanted):
            known = uuid.UUID(wanted)
            return queryset.filter(creators | Q(pk=known) | Q(order=known) | Q(order__stream=known)), False
        return queryset.filter(creators | Q(message__icontains=wanted)), False

    @admin.display(description="of")
    def giver(self, tip: Tip) -> SafeString:
        return person_link(tip.order.party)

    @admin.display(description="for")
    def creator(self, tip: Tip) -> SafeString:
        return person_link(tip.order.creator)

    @admin.display(description="amount")
    def amount(self, tip: Tip) -> str:
        return money_text(tip.order.amount, tip.order.currency)

    @admin.display(description="says")
    def said(self, tip: Tip) -> str:
        return Truncator(tip.message).chars(60) or "nothing"

    def has_take_down_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("payments.take_down_tip")

    @action_with_reason(
        title="Take down",
        warning="Nobody is shown any more what these tips say, and they are not pinned. Their money stays where it is.",
        permission="take_down",
    )
    def take_down(self, request: HttpRequest, tips: QuerySet[Tip], reason: str) -> int:
        viewer, done = viewer_from_request(request), 0
        for tip in tips.filter(hidden_at=None).select_related("order"):
            if tip.order.stream_id is None:
                continue
            try:
                tip_take_down(viewer=viewer, stream_id=tip.order.stream_id, tip_id=tip.pk, reason=reason)
            except DomainError as refused:
                self.message_user(request, f"{tip.pk}: {told(refused)}", messages.WARNING)
                continue
            done += 1
        return done
