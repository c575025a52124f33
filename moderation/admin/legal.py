"""Notices by people without an account, and what was said against them."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.models import User
from core.admin import ReadOnlyAdmin, ReasonForm, action_with_reason
from core.errors import DomainError
from moderation.admin.words import told
from moderation.legal.models import LegalNotice
from moderation.legal.services import notice_refuse, notice_take_down, notice_uphold


class TakeDownForm(ReasonForm):
    address = forms.URLField(
        label="Address",
        required=False,
        assume_scheme="https",
        help_text="Only where the notice led to nothing of ours: what it is about.",
    )


@admin.register(LegalNotice)
class LegalNoticeAdmin(ReadOnlyAdmin):
    list_display = ["number", "created_at", "kind", "name", "address", "state", "back_at", "about"]
    list_filter = ["state", "kind", "created_at"]
    list_select_related = ["case", "counter"]
    search_fields = ["=id", "name", "=email", "address"]
    ordering = ["created_at"]
    fields = (
        "number", "created_at", "kind", "state", "name", "email", "address", "statement", "in_good_faith", "signature",
        "about", "answer", "answered_at", "counter_notice", "back_at", "told_state",
    )  # fmt: skip
    readonly_fields = fields
    actions = ["take_down", "refuse", "uphold"]

    @admin.display(description="Number")
    def number(self, notice: LegalNotice) -> str:
        return notice.reference

    @admin.display(description="Case")
    def about(self, notice: LegalNotice) -> SafeString:
        if notice.case is None:
            return SafeString("nothing of ours at this address")
        address = reverse("admin:moderation_case_change", args=[notice.case_id])
        return format_html('<a href="{}">{}</a>', address, notice.case)

    @admin.display(description="Back at")
    def back_at(self, notice: LegalNotice) -> Any:
        counter = getattr(notice, "counter", None)
        return counter.restore_at if counter is not None and counter.settled_at is None else "-"

    @admin.display(description="Counter-notice")
    def counter_notice(self, notice: LegalNotice) -> str:
        counter = getattr(notice, "counter", None)
        return f"{counter.name}, {counter.contact}: {counter.statement}" if counter is not None else "none"

    def has_decide_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("moderation.decide_case")

    @action_with_reason(
        title="Take down",
        warning=(
            "What these notices are about is removed. The person concerned reads the reason and may appeal or send a "
            "counter-notice; who sent the notice is told."
        ),
        permission="decide",
        form_class=TakeDownForm,
    )
    def take_down(
        self, request: HttpRequest, queryset: QuerySet[LegalNotice], reason: str, address: str
    ) -> int:
        return self._decide(notice_take_down, request, queryset, reason=reason, address=address)

    @action_with_reason(
        title="Refuse",
        warning="Nothing is removed. The reason goes to who sent the notice.",
        permission="decide",
    )
    def refuse(self, request: HttpRequest, queryset: QuerySet[LegalNotice], reason: str) -> int:
        return self._decide(notice_refuse, request, queryset, reason=reason)

    @action_with_reason(
        title="A court was asked",
        warning="The clock stops: it stays removed. The person concerned reads the reason.",
        permission="decide",
    )
    def uphold(self, request: HttpRequest, queryset: QuerySet[LegalNotice], reason: str) -> int:
        return self._decide(notice_uphold, request, queryset, reason=reason)

    def _decide(
        self,
        decide: Callable[..., Any],
        request: HttpRequest,
        notices: QuerySet[LegalNotice],
        **said: str,
    ) -> int:
        assert isinstance(request.user, User)
        done = 0
        for notice in notices:
            try:
                decide(actor=request.user, notice_id=notice.pk, **said)
            except DomainError as refused:
                self.message_user(request, f"{notice}: {told(refused)}", messages.WARNING)
                continue
            done += 1
        return done
