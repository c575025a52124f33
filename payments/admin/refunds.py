"""Refunds that wait for a second person."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.selectors import staff_party
from core.admin import action_with_reason, person_link
from core.errors import DomainError
from payments.admin.base import Storied
from payments.admin.forms import told
from payments.money import money_text
from payments.staff.models import RefundRequest
from payments.staff.refunding import refund_approve, refund_refuse
from payments.staff.story import Link, Table, link, order_story


@admin.register(RefundRequest)
class RefundRequestAdmin(Storied):
    list_display = ["asked_at", "money", "state", "alone", "asker", "decider", "expires_at", "reason"]
    list_filter = ["state", "alone", "asked_at"]
    list_select_related = ["order", "asked_by__user", "decided_by__user"]
    search_fields = ["order__id__exact"]
    raw_id_fields = ["order", "asked_by", "decided_by", "refund"]
    actions = ["approve", "refuse"]

    @admin.display(description="amount")
    def money(self, request: RefundRequest) -> str:
        return money_text(request.amount, request.order.currency)

    @admin.display(description="asked by")
    def asker(self, request: RefundRequest) -> str:
        return person_link(request.asked_by)

    @admin.display(description="decided by")
    def decider(self, request: RefundRequest) -> str:
        return person_link(request.decided_by)

    def story(self, request: HttpRequest, thing: RefundRequest) -> list[Table]:
        return order_story(thing.order)

    def tools(self, request: HttpRequest, thing: RefundRequest) -> list[Link]:
        return [link("order", thing.order_id, "Order")]

    def has_approve_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("payments.approve_refund")

    @action_with_reason(
        title="Approve",
        warning="The money goes back at once. Look at the order first; the provider keeps its fee.",
        permission="approve",
    )
    def approve(self, request: HttpRequest, asked: QuerySet[RefundRequest], reason: str) -> int:
        return self._decide(refund_approve, request, asked, reason)

    @action_with_reason(title="Refuse", warning="Nothing goes back.", permission="approve")
    def refuse(self, request: HttpRequest, asked: QuerySet[RefundRequest], reason: str) -> int:
        return self._decide(refund_refuse, request, asked, reason)

    def _decide(
        self,
        decide: Callable[..., Any],
        request: HttpRequest,
        asked: QuerySet[RefundRequest],
        reason: str,
    ) -> int:
        done = 0
        for one in asked:
            try:
                decide(request_id=one.pk, reason=reason, actor_party_id=staff_party(request))
            except DomainError as refused:
                self.message_user(request, f"{one}: {told(refused, one.order.currency)}", messages.WARNING)
                continue
            done += 1
        return done
