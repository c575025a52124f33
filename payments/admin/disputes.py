"""Disputes by their deadline, and our side of them."""

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import F, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from accounts.selectors import staff_party
from core.errors import DomainError
from payments.admin.base import Storied
from payments.admin.forms import EvidenceForm, told
from payments.money import money_text
from payments.orders.models import Chargeback
from payments.staff.evidence import FIELDS, evidence_save, evidence_submit
from payments.staff.known import evidence_known
from payments.staff.models import Evidence, EvidenceState
from payments.staff.story import Link, Table, dispute_story, link, moment

SOON = timedelta(days=3)


class EvidenceListed(admin.SimpleListFilter):
    title = "evidence"
    parameter_name = "evidence"

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, str]]:
        return [("open", "To be handed in"), ("late", "Too late"), ("sent", "Handed in")]

    def queryset(self, request: Any, queryset: QuerySet) -> QuerySet:
        now = timezone.now()
        unanswered = queryset.filter(closed_at=None).exclude(evidence__state=EvidenceState.SENT)
        return {
            "open": unanswered.filter(due_by__gt=now),
            "late": unanswered.filter(due_by__lte=now),
            "sent": queryset.filter(evidence__state=EvidenceState.SENT),
        }.get(self.value() or "", queryset)


@admin.register(Chargeback)
class ChargebackAdmin(Storied):
    """Open ones first, those due soonest on top."""

    list_display = ["provider_id", "due", "status", "reason", "money", "opened_at", "closed_at"]
    list_filter = [EvidenceListed, "status", "reason", "due_by"]
    list_select_related = ["payment", "evidence"]
    search_fields = ["provider_id__exact", "payment__charge_id__exact"]
    ordering = [F("closed_at").desc(nulls_first=True), F("due_by").asc(nulls_last=True)]
    raw_id_fields = ["payment"]

    @admin.display(description="amount")
    def money(self, chargeback: Chargeback) -> str:
        return money_text(chargeback.amount, chargeback.currency)

    @admin.display(description="evidence", ordering="due_by")
    def due(self, chargeback: Chargeback) -> str:
        return due_in_words(chargeback, timezone.now())

    def story(self, request: HttpRequest, thing: Chargeback) -> list[Table]:
        return [*_sent(thing), *dispute_story(thing)]

    def tools(self, request: HttpRequest, thing: Chargeback) -> list[Link]:
        tools = [link("order", thing.payment.order_id, "Order")]
        if self._may_answer(request):
            tools.append(Link("Evidence", reverse("admin:payments_chargeback_evidence", args=[thing.pk])))
        return tools

    def get_urls(self) -> list[URLPattern]:
        evidence = self.admin_site.admin_view(self.evidence)
        return [
            path("<uuid:chargeback_id>/evidence/", evidence, name="payments_chargeback_evidence"),
            *super().get_urls(),
        ]

    def _may_answer(self, request: HttpRequest) -> bool:
        return request.user.has_perm("payments.answer_dispute")

    def evidence(self, request: HttpRequest, chargeback_id: uuid.UUID) -> HttpResponse:
        """A draft, filled in from what we know; once handed in it is only read."""
        if not self._may_answer(request):
            raise PermissionDenied
        chargeback = Chargeback.objects.filter(pk=chargeback_id).select_related("payment__order").first()
        if chargeback is None:
            raise Http404
        kept = Evidence.objects.filter(chargeback=chargeback).first()
        initial = kept.fields if kept else evidence_known(chargeback)
        form = EvidenceForm(request.POST or None, initial=initial)
        if form.is_valid():
            try:
                return self._answered(request, chargeback, form.cleaned_data)
            except DomainError as refused:
                form.add_error(None, told(refused))
                kept = Evidence.objects.filter(chargeback=chargeback).first()
        context = {
            **self.admin_site.each_context(request),
            "title": f"Evidence in dispute {chargeback.provider_id}",
            "opts": self.model._meta,
            "chargeback": chargeback,
            "due": due_in_words(chargeback, timezone.now()),
            "form": form,
            "sent": _sent(chargeback),
            "is_open": _may_still_answer(chargeback, kept),
        }
        return TemplateResponse(request, "admin/payments/evidence.html", context)

    def _answered(self, request: HttpRequest, chargeback: Chargeback, fields: dict[str, str]) -> HttpResponse:
        given: dict[str, Any] = {
            "chargeback_id": chargeback.pk,
            "fields": fields,
            "actor_party_id": staff_party(request),
        }
        if "submit" in request.POST:
            evidence = evidence_submit(**given)
            done = evidence.state == EvidenceState.SENT
            text = "Handed in." if done else "The provider is away; it is handed in as soon as it is back."
            self.message_user(request, text, messages.SUCCESS if done else messages.WARNING)
            return HttpResponseRedirect(reverse("admin:payments_chargeback_change", args=[chargeback.pk]))
        _, problem = evidence_save(**given)
        text = (
            f"Saved here; not at the provider: {problem}." if problem else "Saved. It is not handed in yet."
        )
        self.message_user(request, text, messages.WARNING if problem else messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:payments_chargeback_evidence", args=[chargeback.pk]))


def due_in_words(chargeback: Chargeback, now: datetime) -> str:
    evidence = getattr(chargeback, "evidence", None)
    if evidence is not None and evidence.state != EvidenceState.DRAFT:
        return str(evidence.get_state_display())
    if chargeback.closed_at is not None:
        return "closed"
    if chargeback.due_by is None:
        return "not asked for"
    if chargeback.due_by <= now:
        return "OVERDUE"
    left = chargeback.due_by - now
    words = f"in {left.days} days" if left.days >= 2 else f"in {left.total_seconds() / 3600:.0f} hours"
    return f"{words}: DUE SOON" if left <= SOON else words


def _may_still_answer(chargeback: Chargeback, kept: Evidence | None) -> bool:
    if kept is not None and kept.state != EvidenceState.DRAFT:
        return False
    is_late = chargeback.due_by is not None and chargeback.due_by <= timezone.now()
    return chargeback.closed_at is None and not is_late


def _sent(chargeback: Chargeback) -> list[Table]:
    kept = Evidence.objects.filter(chargeback=chargeback).first()
    if kept is None or kept.sent is None:
        return []
    rows = [
        [FIELDS[name].label if name in FIELDS else name, text] for name, text in kept.sent.items() if text
    ]
    when = moment(kept.sent_at) or kept.get_state_display()
    return [Table(f"Evidence, as handed in ({when})", ["what", "says"], rows)]
