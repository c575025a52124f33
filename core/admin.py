"""What the apps' admins share: actions that ask why, links to what belongs to a thing; and the audit trail."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode
from django.utils.safestring import SafeString

from core.models import AuditEvent


class ReasonForm(forms.Form):
    reason = forms.CharField(
        min_length=5,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Kept in the audit trail; the person concerned may be told.",
    )


# Does it to a queryset for a ``reason``, and returns what to tell: how many it was done to.
Act = Callable[..., int]
Action = Callable[[Any, HttpRequest, QuerySet], TemplateResponse | None]


def action_with_reason(
    *, title: str, warning: str, permission: str, form_class: type[ReasonForm] = ReasonForm
) -> Callable[[Act], Action]:
    """An admin action that is done only once a page was told why. ``permission`` is as in ``admin.action``.

    What else a ``form_class`` asks for the action gets by name.
    """

    def decorate(act: Act) -> Action:
        @admin.action(description=title, permissions=[permission])
        @wraps(act)
        def action(self: Any, request: HttpRequest, queryset: QuerySet) -> TemplateResponse | None:
            form = form_class(request.POST if "confirmed" in request.POST else None)
            if form.is_valid():
                done = act(self, request, queryset, **form.cleaned_data)
                passed_over = queryset.count() - done
                level = messages.WARNING if passed_over else messages.SUCCESS
                self.message_user(request, f"{title}: {done} done, {passed_over} passed over.", level)
                return None
            context = {
                **self.admin_site.each_context(request),
                "title": title,
                "warning": warning,
                "objects": queryset,
                "form": form,
                "action": request.POST["action"],
                "checkbox": ACTION_CHECKBOX_NAME,
                "opts": self.model._meta,
            }
            return TemplateResponse(request, "admin/ask_reason.html", context)

        return action

    return decorate


@dataclass(frozen=True, kw_only=True)
class Link:
    """From one object to the list of what belongs to it: where ``field`` is the object's ``attribute``."""

    label: str
    to: str
    field: str
    attribute: str = "pk"
    prefix: str = ""


_links: dict[str, list[Link]] = defaultdict(list)


def links_register(model: str, *links: Link) -> None:
    """Let apps above offer lists on the page of a ``model`` ("app.model") below them."""
    _links[model].extend(links)


def links_of(thing: Model, request: HttpRequest) -> SafeString:
    """The links of a thing to the lists that this member of staff may see."""
    found = []
    for link in _links[thing._meta.label_lower]:
        app, model = link.to.split(".")
        if request.user.has_perm(f"{app}.view_{model}"):
            query = urlencode({link.field: f"{link.prefix}{getattr(thing, link.attribute)}"})
            found.append((reverse(f"admin:{app}_{model}_changelist"), query, link.label))
    return format_html_join(" · ", '<a href="{}?{}">{}</a>', found) if found else SafeString("none")


def person_link(party: Any) -> SafeString:
    """The person behind a party; nobody's for a guest, and for somebody who was deleted."""
    if party is None:
        return SafeString("-")
    user = getattr(party, "user", None)
    if user is None:
        return SafeString("deleted user")
    return format_html('<a href="{}">{}</a>', reverse("admin:accounts_user_change", args=[user.pk]), user)


class WithLinks(admin.ModelAdmin):
    """Shows the links registered for its model, as the read-only field ``related``."""

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        thing: Any = super().get_object(request, object_id, from_field)
        if thing is not None:
            thing.related_links = links_of(thing, request)
        return thing

    @admin.display(description="See also")
    def related(self, thing: Any) -> SafeString:
        return getattr(thing, "related_links", SafeString("-"))


class ReadOnlyAdmin(admin.ModelAdmin):
    """What happened is looked at, never edited, by superusers neither."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    list_display = ["at", "action", "target", "actor_party_id", "reason"]
    list_filter = ["action", "at"]
    search_fields = ["target", "actor_party_id", "reason", "request_id"]
    readonly_fields = [field.name for field in AuditEvent._meta.fields]
