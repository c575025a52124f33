"""Where a channel's team begins: what is on, and what waits."""

from django.contrib.auth.decorators import login_required
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from moderation.bans.models import UnbanRequest
from moderation.bans.selectors import unban_requests_of
from moderation.channels import seat_of
from moderation.held.models import HeldState
from moderation.modes.selectors import modes_of
from moderation.policies import Act
from moderation.reports.selectors import cases_for_team
from streams.selectors import streams_hidden, streams_running

RUNNING_MOST = 10


@login_required
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """Streams that are on, with how much waits there. Queries: 6, and for somebody else's channel 5 more."""
    seat = seat_of(request, Act.SEE)
    person, channel = seat.person, seat.channel
    waiting = Count("held_messages", filter=Q(held_messages__state=HeldState.HELD))
    asking = unban_requests_of(actor=person, channel=channel, state=UnbanRequest.State.OPEN)
    context = {
        "channel": channel,
        "seat": seat,
        "streams": streams_running(creator=channel)
        .exclude(pk__in=streams_hidden(channel=channel, reader=person).values("pk"))
        .annotate(held_count=waiting)[:RUNNING_MOST],
        "reports_count": cases_for_team(actor=person, channel=channel).count(),
        "asking_count": asking.count(),
        "modes": modes_of(channel_id=channel.pk),
    }
    return render(request, "moderation/overview.html", context)
