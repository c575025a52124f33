"""Appeals: decided by somebody else than decided first."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.models import User
from core.admin import ReadOnlyAdmin, action_with_reason, person_link
from core.errors import DomainError
from moderation.admin.words import told
from moderation.reports.appeals import appeal_decide
from moderation.reports.models import Appeal


@admin.register(Appeal)
class AppealAdmin(ReadOnlyAdmin):
    list_display = ["created_at", "person", "what", "first", "state", "decided_by_name"]
    list_filter = ["state", "created_at"]
    list_select_related = ["decision__about__user", "decision__case", "first_by__user", "decided_by__user"]
    ordering = ["created_at"]
    fields = (
        "person", "what", "reason", "case", "text", "state", "answer", "first", "decided_by_name", "created_at",
        "decided_at",
    )  # fmt: skip
    readonly_fields = fields
    actions = ["grant", "refuse"]

    @admin.display(description="Who appeals")
    def person(self, appeal: Appeal) -> SafeString:
        return person_link(appeal.decision.about)

    @admin.display(description="Against")
    def what(self, appeal: Appeal) -> str:
        return f"{appeal.decision.get_action_display()}, {appeal.decision.get_category_display()}"

    @admin.display(description="What was decided because of")
    def reason(self, appeal: Appeal) -> str:
        return appeal.decision.reason

    @admin.display(description="Case")
    def case(self, appeal: Appeal) -> SafeString:
        if appeal.decision.case_id is None:
            return SafeString("none: staff stopped a stream")
        return format_html(
            '<a href="{}">{}</a>',
            reverse("admin:moderation_case_change", args=[appeal.decision.case_id]),
            appeal.decision.case,
        )

    @admin.display(description="Decided first")
    def first(self, appeal: Appeal) -> SafeString:
        return person_link(appeal.first_by) if appeal.first_by_id else SafeString("by rule")

    @admin.display(description="Decided on the appeal")
    def decided_by_name(self, appeal: Appeal) -> SafeString:
        return person_link(appeal.decided_by)

    def has_decide_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("moderation.decide_case")

    @action_with_reason(
        title="Grant",
        warning="What was decided is undone as far as possible. The reason is what the person reads.",
        permission="decide",
    )
    def grant(self, request: HttpRequest, queryset: QuerySet[Appeal], reason: str) -> int:
        return self._decide(request, queryset, reason, grant=True)

    @action_with_reason(
        title="Refuse",
        warning="What was decided stands. The reason is what the person reads.",
        permission="decide",
    )
    def refuse(self, request: HttpRequest, queryset: QuerySet[Appeal], reason: str) -> int:
        return self._decide(request, queryset, reason, grant=False)

    def _decide(self, request: HttpRequest, appeals: QuerySet[Appeal], reason: str, **how: Any) -> int:
        assert isinstance(request.user, User)
        done = 0
        for appeal in appeals:
            try:
                appeal_decide(actor=request.user, appeal_id=appeal.pk, answer=reason, **how)
            except DomainError as refused:
                self.message_user(request, f"{appeal}: {told(refused)}", messages.WARNING)
                continue
            done += 1
        return done
