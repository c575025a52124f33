"""The page of one's earnings, and the file of them."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from accounts.models import User
from payments.creators.chart import chart_of
from payments.creators.export import earnings_csv
from payments.creators.figures import (
    DAYS_MOST,
    accounts_of,
    days_of,
    earning_streams_of,
    releases_of,
    sources_of,
    streams_figures,
    today,
    total_of,
    without_stream_of,
)
from payments.provider import payments_mode

RANGES = (7, 30, 90)
RANGE = 30
STREAMS_A_PAGE = 20
RELEASES_SHOWN = 8


@dataclass(frozen=True)
class Period:
    """Both days included. ``days`` is one of ``RANGES``, or None for what was chosen by hand."""

    since: date
    until: date
    days: int | None

    @property
    def query(self) -> str:
        return f"from={self.since.isoformat()}&to={self.until.isoformat()}"


class PeriodForm(forms.Form):
    """``from`` is a word of Python's."""

    days = forms.TypedChoiceField(choices=[(days, days) for days in RANGES], coerce=int, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["from"] = forms.DateField(required=False)
        self.fields["to"] = forms.DateField(required=False)

    too_long = gettext_lazy("Choose 366 days at most, from the earlier day to the later one.")

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        since, until = given.get("from"), given.get("to")
        if (since is None) != (until is None):
            raise forms.ValidationError(self.too_long)
        if since and until and not 0 <= (until - since).days < DAYS_MOST:
            raise forms.ValidationError(self.too_long)
        return given


@login_required
@require_safe
def earnings(request: HttpRequest) -> HttpResponse:
    """What I earned. Queries: 8, besides those of the frame, however much it is."""
    party = _party(request)
    period = _period(request)
    sources = sources_of(party_id=party)
    page = Paginator(earning_streams_of(party_id=party), STREAMS_A_PAGE).get_page(request.GET.get("page"))
    releases = releases_of(party_id=party)
    found = days_of(party_id=party, since=period.since, until=period.until)
    context = {
        "accounts": accounts_of(party_id=party),
        "total": total_of(sources.values()),
        "sources": [(source.label, figures) for source, figures in sources.items()],
        "releases": releases[:RELEASES_SHOWN],
        "later": sum(release.amount for release in releases[RELEASES_SHOWN:]),
        "period": period,
        "ranges": RANGES,
        "chart": chart_of(found, since=period.since, until=period.until),
        "period_total": total_of(figures for _day, _source, figures in found),
        "page": page,
        "streams": streams_figures(party_id=party, streams=list(page.object_list)),
        "elsewhere": total_of(without_stream_of(party_id=party).values()),
        "mode": payments_mode(),
    }
    return render(request, "payments/earnings.html", context)


@login_required
@require_safe
def earnings_file(request: HttpRequest) -> StreamingHttpResponse:
    """Each earning of the period, as CSV."""
    period = _period(request)
    rows = earnings_csv(party_id=_party(request), since=period.since, until=period.until)
    name = f"earnings-{period.since.isoformat()}-{period.until.isoformat()}.csv"
    return StreamingHttpResponse(
        rows,
        content_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "private, no-store",
        },
    )


def _period(request: HttpRequest) -> Period:
    """What is asked for, or else the last days, today included."""
    form = PeriodForm(request.GET)
    if form.is_valid():
        given = form.cleaned_data
        if given["from"]:
            return Period(given["from"], given["to"], None)
        return _last(given["days"] or RANGE)
    messages.error(request, _("These days cannot be shown.") + f" {PeriodForm.too_long}")
    return _last(RANGE)


def _last(days: int) -> Period:
    until = today()
    return Period(until - timedelta(days=days - 1), until, days)


def _party(request: HttpRequest) -> Any:
    assert isinstance(request.user, User)
    return request.user.party_id
