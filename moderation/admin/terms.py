"""Staff's list of terms, which holds in every channel."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from accounts.models import User
from core.admin import person_link
from core.errors import DomainError
from moderation.terms.models import Term, TermAction
from moderation.terms.services import TIMEOUT_MOST, TIMEOUT_USUAL, term_remove, terms_paste


class TermsForm(forms.ModelForm):
    """Many at once, one a line."""

    lines = forms.CharField(
        label="Terms",
        widget=forms.Textarea(attrs={"rows": 10}),
        help_text="One a line. Whole words; with a * where the word may go on. They hold in every channel at once.",
    )
    action = forms.ChoiceField(choices=TermAction.choices, initial=TermAction.HOLD)
    timeout_seconds = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=TIMEOUT_MOST,
        help_text=f"Only for a timeout; {TIMEOUT_USUAL} if not said.",
    )

    class Meta:
        model = Term
        fields: list[str] = []


@admin.register(Term)
class TermAdmin(admin.ModelAdmin):
    """Those of channels belong to their teams, and are on no list here."""

    list_display = ["text", "action", "timeout_seconds", "person", "created_at"]
    list_filter = ["action", "created_at"]
    list_select_related = ["by__user"]
    search_fields = ["text", "folded"]
    form = TermsForm

    def get_queryset(self, request: HttpRequest) -> QuerySet[Term]:
        return super().get_queryset(request).filter(channel=None)

    def get_fields(self, request: HttpRequest, obj: Term | None = None) -> Any:
        shown = ["text", "action", "timeout_seconds", "person", "created_at"]
        return shown if obj else ["lines", "action", "timeout_seconds"]

    def has_change_permission(self, request: HttpRequest, obj: Term | None = None) -> bool:
        """Another action is another term: remove it, and add it anew."""
        return False

    def save_model(self, request: HttpRequest, obj: Term, form: forms.ModelForm, change: bool) -> None:
        """Adds all lines; what was already there, or could not be taken, is told."""
        given = form.cleaned_data
        try:
            pasted = terms_paste(
                actor=_staff(request),
                channel=None,
                lines=given["lines"].splitlines(),
                action=given["action"],
                timeout_seconds=given["timeout_seconds"],
            )
        except DomainError as refused:
            messages.error(request, f"Nothing was added: {refused.code} {refused.details}")
            return
        messages.success(request, f"Added: {len(pasted.added)}.")
        for lines, told in (
            (pasted.known, "There already"),
            (pasted.refused, "Nothing to search for, or too long"),
        ):
            if lines:
                messages.warning(request, f"{told}: {', '.join(lines)}"[:2000])

    def log_addition(self, request: HttpRequest, obj: Term, message: Any) -> Any:
        """The audit trail has it, with all lines."""

    def response_add(
        self, request: HttpRequest, obj: Term, post_url_continue: str | None = None
    ) -> HttpResponse:
        """To the list, without a word about the one object that the form stands for."""
        return self.response_post_save_add(request, obj)

    def delete_model(self, request: HttpRequest, obj: Term) -> None:
        term_remove(actor=_staff(request), channel=None, term_id=obj.pk)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Term]) -> None:
        for term_id in queryset.values_list("pk", flat=True):
            term_remove(actor=_staff(request), channel=None, term_id=term_id)

    @admin.display(description="by")
    def person(self, term: Term) -> Any:
        return person_link(term.by)


def _staff(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
