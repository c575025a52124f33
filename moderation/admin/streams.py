"""Stopping a stream as moderation means it: the creator reads why, and goes live again once released."""

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.models import User
from core.admin import ReasonForm, action_with_reason
from core.errors import DomainError
from moderation.admin.words import told
from moderation.reports.deciding import stream_stop
from moderation.reports.models import Category
from streams.admin import StreamAdmin
from streams.models import Stream


class StopForm(ReasonForm):
    category = forms.ChoiceField(
        label="Rule", choices=Category.choices, initial=Category.OTHER, required=False
    )

    def clean_category(self) -> str:
        return str(self.cleaned_data["category"]) or Category.OTHER


admin.site.unregister(Stream)


@admin.register(Stream)
class StoppedStreamAdmin(StreamAdmin):
    @action_with_reason(
        title="Stop",
        warning=(
            "These streams end now, for good, with all others that their creators have on. They read the reason "
            "and the rule, and new streams of theirs wait until you release them."
        ),
        permission="stop",
        form_class=StopForm,
    )
    def stop(self, request: HttpRequest, queryset: QuerySet[Stream], reason: str, category: str) -> int:
        assert isinstance(request.user, User)
        done = 0
        for stream in queryset.filter(ended_at=None):
            try:
                stopped = stream_stop(
                    actor=request.user, stream_id=stream.pk, reason=reason, category=category
                )
            except DomainError as refused:
                self.message_user(request, f"{stream}: {told(refused)}", messages.WARNING)
                continue
            done += stopped is not None
        return done
