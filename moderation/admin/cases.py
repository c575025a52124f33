"""The queue of what was reported, and the page on which staff look and decide."""

import uuid
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince

from accounts.models import User
from core.admin import Link, ReadOnlyAdmin, links_register, person_link
from core.errors import DomainError, NotFound
from core.models import AuditEvent
from moderation.admin.words import told
from moderation.reports.acts import actions_open, person_of
from moderation.reports.deciding import REASON_LEAST, REASON_MOST, case_decide
from moderation.reports.evidence import picture_file
from moderation.reports.models import Case, Category, Decision, DecisionAction, Report, Strike
from moderation.reports.services import WAITING, case_assign, case_release

SHOWN = 30

links_register(
    "accounts.user",
    Link(label="cases", to="moderation.case", field="about__id__exact", attribute="party_id"),
    Link(label="decisions", to="moderation.decision", field="about__id__exact", attribute="party_id"),
)
links_register("streams.stream", Link(label="cases", to="moderation.case", field="stream__id__exact"))


class DecisionForm(forms.Form):
    """What is decided goes word for word into the statement of reasons."""

    action = forms.ChoiceField(label="Decision")
    category = forms.ChoiceField(label="Rule", choices=Category.choices)
    reason = forms.CharField(
        min_length=REASON_LEAST,
        max_length=REASON_MOST,
        widget=forms.Textarea(attrs={"rows": 5, "cols": 80}),
        help_text="Facts and why they break the rule, in words for the person concerned: they read this.",
    )

    def __init__(self, data: Any = None, *, actions: list[DecisionAction], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.fields["action"].choices = [(one.value, one.label) for one in actions]  # type: ignore[attr-defined]


class QueueFilter(admin.SimpleListFilter):
    """What waits, unless something else is asked for."""

    title = "queue"
    parameter_name = "queue"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("mine", "Assigned to me"), ("free", "Nobody is at it"), ("all", "All, also decided")]

    def choices(self, changelist: Any) -> Any:
        first, *others = super().choices(changelist)
        yield {**first, "display": "Waiting"}
        yield from others

    def queryset(self, request: HttpRequest, queryset: QuerySet[Case]) -> QuerySet[Case]:
        match self.value():
            case "mine":
                return queryset.filter(state__in=WAITING, assigned_to=request.user.pk)
            case "free":
                return queryset.filter(state__in=WAITING, assigned_to=None)
            case "all":
                return queryset
        # An explicit state, and a link to the cases of a person or a stream, are answered whole.
        if any(name.split("__")[0] in {"state", "about", "stream"} for name in request.GET):
            return queryset
        return queryset.filter(state__in=WAITING)


class AgeFilter(admin.SimpleListFilter):
    title = "age"
    parameter_name = "age"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("1", "Older than a day"), ("3", "Older than three days"), ("7", "Older than a week")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Case]) -> QuerySet[Case]:
        if (days := self.value()) in {"1", "3", "7"}:
            return queryset.filter(created_at__lt=timezone.now() - timedelta(days=int(days)))
        return queryset


@admin.register(Case)
class CaseAdmin(ReadOnlyAdmin):
    list_display = ["what", "category", "person", "state", "reports_count", "age", "assigned_to"]
    list_filter = [QueueFilter, "state", "category", AgeFilter, "subject"]
    list_select_related = ["about__user", "assigned_to"]
    search_fields = ["=id", "=subject_id", "about__user__username"]
    ordering = ["created_at"]
    list_per_page = 50

    @admin.display(description="What")
    def what(self, case: Case) -> str:
        quote = str(
            case.evidence.get("text") or case.evidence.get("title") or case.evidence.get("username") or ""
        )
        return f"{case.get_subject_display()}: {quote[:60]}" if quote else case.get_subject_display()

    @admin.display(description="About")
    def person(self, case: Case) -> SafeString:
        return person_link(case.about)

    @admin.display(description="Age", ordering="created_at")
    def age(self, case: Case) -> str:
        return timesince(case.created_at, depth=1)

    def get_urls(self) -> list[URLPattern]:
        picture = self.admin_site.admin_view(self.picture)
        return [
            path("<uuid:case_id>/picture/<str:name>/<str:size>/", picture, name="moderation_case_picture"),
            *super().get_urls(),
        ]

    def picture(self, request: HttpRequest, case_id: uuid.UUID, name: str, size: str) -> FileResponse:
        """A kept picture, for staff alone."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            file = picture_file(case_id=case_id, name=name, size=size)
        except NotFound:
            raise Http404 from None
        return FileResponse(file.open("rb"), content_type="image/webp", headers={"Cache-Control": "no-store"})

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Queries: about 15, however much was reported."""
        case = self.get_object(request, object_id)
        if case is None:
            raise Http404
        if not self.has_view_permission(request, case):
            raise PermissionDenied
        assert isinstance(request.user, User)
        person = person_of(case.about_id)
        waits = case.state in WAITING
        actions = actions_open(actor=request.user, case=case, person=person) if waits else []
        form = DecisionForm(
            request.POST if "decide" in request.POST else None,
            actions=actions,
            initial={"category": case.category},
        )
        if request.method == "POST" and self._done(request, case, form):
            return redirect(reverse("admin:moderation_case_change", args=[case.pk]))
        context = {
            **self.admin_site.each_context(request),
            **_story(case),
            "title": f"{case.get_subject_display()}, {case.get_category_display().lower()}",
            "opts": self.model._meta,
            "case": case,
            "person": person,
            "about": person_link(case.about),
            "form": form if actions else None,
            "waits": waits,
            "mine": case.assigned_to_id == request.user.pk,
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/moderation/case.html", context)

    def _done(self, request: HttpRequest, case: Case, form: DecisionForm) -> bool:
        """Whether what was pressed is over, done or refused, and the page is to be shown anew."""
        assert isinstance(request.user, User)
        try:
            if "claim" in request.POST or "take_over" in request.POST:
                case_assign(actor=request.user, case_id=case.pk, take_over="take_over" in request.POST)
            elif "release" in request.POST:
                case_release(actor=request.user, case_id=case.pk)
            elif not form.is_valid():
                return False
            else:
                case_decide(actor=request.user, case_id=case.pk, **form.cleaned_data)
                messages.success(request, "Decided. Everybody concerned is told.")
        except DomainError as refused:
            messages.warning(request, told(refused))
        return True


def _story(case: Case) -> dict[str, Any]:
    """What a page of a case shows besides. Queries: about 8."""
    about = case.about
    others = Case.objects.filter(about=about).exclude(pk=case.pk).order_by("-id")[:SHOWN]
    decisions = Decision.objects.filter(about=about).select_related("by__user").order_by("-id")[:SHOWN]
    acts = AuditEvent.objects.filter(whom_party_id=about.pk).order_by("-id")[:SHOWN]
    suspensions = (
        AuditEvent.objects.filter(
            action__in=["user.suspended", "user.reinstated"], target=f"user:{about.user.pk}"
        ).order_by("-id")[:SHOWN]
        if hasattr(about, "user")
        else []
    )
    reports = Report.objects.filter(case=case).select_related("reporter__user").order_by("id")
    return {
        "pictures": _pictures(case),
        "profile": case.evidence.get("author_profile") or case.evidence.get("channel") or case.evidence,
        "reports": [(report, person_link(report.reporter)) for report in reports[:200]],
        "others": others,
        "decisions": decisions,
        "strikes": Strike.objects.filter(party=about).select_related("decision").order_by("-id")[:SHOWN],
        "acts": acts,
        "suspensions": suspensions,
        "notices": list(case.notices.all()),
        "links": _links(case),
    }


def _pictures(case: Case) -> list[str]:
    kept: dict[str, list[str]] = case.evidence.get("pictures", {})
    sizes = {name: "large" if "large" in files else files[-1] for name, files in kept.items() if files}
    return [
        reverse("admin:moderation_case_picture", args=[case.pk, name, size]) for name, size in sizes.items()
    ]


def _links(case: Case) -> list[SafeString]:
    found = []
    if case.stream_id:
        found.append(format_html('<a href="/stream/{}">the stream</a>', case.stream_id))
    if case.channel:
        found.append(format_html('<a href="/live/{}">the channel</a>', case.channel.username))
    return found
