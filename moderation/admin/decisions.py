"""What was decided, what people were told, their strikes, and who waits for a release."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from accounts.models import User
from core.admin import Link, ReadOnlyAdmin, action_with_reason, links_register, person_link
from core.errors import DomainError
from moderation.admin.words import told
from moderation.reports.holds import hold_release
from moderation.reports.models import Decision, GoLiveHold, Statement, Strike

links_register(
    "accounts.user",
    Link(label="waits for a release", to="moderation.golivehold", field="person__id__exact"),
    Link(label="was told", to="moderation.statement", field="party__id__exact", attribute="party_id"),
)


@admin.register(Decision)
class DecisionAdmin(ReadOnlyAdmin):
    list_display = ["at", "action", "category", "person", "decider", "undone_at"]
    list_filter = ["action", "category", "at"]
    list_select_related = ["about__user", "by__user"]
    fields = ("at", "person", "action", "category", "reason", "case", "decider", "undone_at")
    readonly_fields = fields

    @admin.display(description="About")
    def person(self, decision: Decision) -> SafeString:
        return person_link(decision.about)

    @admin.display(description="By")
    def decider(self, decision: Decision) -> SafeString:
        return person_link(decision.by) if decision.by_id else SafeString("by rule")


@admin.register(Statement)
class StatementAdmin(ReadOnlyAdmin):
    list_display = ["created_at", "kind", "title", "person", "mailed_at", "read_at"]
    list_filter = ["kind", "created_at"]
    list_select_related = ["party__user"]
    fields = ("created_at", "person", "kind", "title", "text", "decision", "mailed_at", "read_at")
    readonly_fields = fields

    @admin.display(description="To")
    def person(self, statement: Statement) -> SafeString:
        return person_link(statement.party)


@admin.register(Strike)
class StrikeAdmin(ReadOnlyAdmin):
    list_display = ["at", "person", "decision", "expires_at", "taken_back_at"]
    list_filter = ["at"]
    list_select_related = ["party__user", "decision"]

    @admin.display(description="Of")
    def person(self, strike: Strike) -> SafeString:
        return person_link(strike.party)


@admin.register(GoLiveHold)
class GoLiveHoldAdmin(ReadOnlyAdmin):
    list_display = ["at", "person", "stream", "reason", "released_at"]
    list_filter = [("released_at", admin.EmptyFieldListFilter), "at"]
    list_select_related = ["person", "stream"]
    search_fields = ["person__username"]
    actions = ["release"]

    def has_release_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("streams.stop_stream")

    @action_with_reason(
        title="Release", warning="These people may go live again, and are told so.", permission="release"
    )
    def release(self, request: HttpRequest, queryset: QuerySet[GoLiveHold], reason: str) -> int:
        assert isinstance(request.user, User)
        done = 0
        for hold in queryset:
            try:
                hold_release(actor=request.user, hold_id=hold.pk, reason=reason)
            except DomainError as refused:
                self.message_user(request, f"{hold}: {told(refused)}", messages.WARNING)
                continue
            done += 1
        return done
