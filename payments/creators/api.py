"""Doors to what one earned. Everybody sees their own and nothing else."""

import uuid
from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from accounts.api.requests import SignedInRequest
from core.api.pagination import CursorPagination, PageIn
from core.api.views import SignedInApiView
from core.errors import NotFound
from payments.creators.figures import (
    Figures,
    accounts_of,
    days_of,
    earning_streams_of,
    releases_of,
    sources_of,
    streams_figures,
    total_of,
    without_stream_of,
)
from payments.creators.live import stream_earnings
from payments.creators.serializers import (
    EarningsDaysOut,
    EarningsOut,
    EarningsPeriodIn,
    EarningsStreamPageOut,
    FiguresOut,
    StreamEarningsOut,
)
from payments.models import EarningSource
from payments.terms import book_terms
from streams.access import is_creator
from streams.selectors import stream_get_for
from streams.viewers import viewer_from_request


class EarningsView(SignedInApiView):
    @extend_schema(operation_id="earnings", responses=EarningsOut)
    def get(self, request: SignedInRequest) -> Response:
        """What you earned, as of the last second: on hold, available, owed; and what comes off hold when."""
        party = request.user.party_id
        accounts, sources = accounts_of(party_id=party), sources_of(party_id=party)
        return Response(
            {
                "currency": accounts.currency,
                "pending": accounts.pending,
                "available": accounts.available,
                "owed": accounts.owed,
                "total": FiguresOut(total_of(sources.values())).data,
                "sources": _by_source(sources),
                "without_stream": _by_source(without_stream_of(party_id=party)),
                "releases": [release._asdict() for release in releases_of(party_id=party)],
            }
        )


class EarningsDaysView(SignedInApiView):
    @extend_schema(operation_id="earnings_days", parameters=[EarningsPeriodIn], responses=EarningsDaysOut)
    def get(self, request: SignedInRequest) -> Response:
        """What you earned from one day to another, by day and source, in UTC."""
        asked = EarningsPeriodIn.of(request).validated_data
        found = days_of(party_id=request.user.party_id, since=asked["from"], until=asked["to"])
        days = [
            {"date": day, "source": source.value, **FiguresOut(figures).data}
            for day, source, figures in found
        ]
        return Response({"currency": book_terms().currency, "days": days})


class EarningsStreamsView(SignedInApiView):
    @extend_schema(operation_id="earnings_streams", parameters=[PageIn], responses=EarningsStreamPageOut)
    def get(self, request: SignedInRequest) -> Response:
        """What each of your streams earned, newest first."""
        party, currency = request.user.party_id, book_terms().currency
        paginator = CursorPagination()
        page = paginator.paginate_queryset(earning_streams_of(party_id=party), request)
        results = [
            {
                "id": of.stream.pk,
                "title": of.stream.title,
                "started_at": of.stream.started_at,
                "ended_at": of.stream.ended_at,
                "currency": currency,
                "total": FiguresOut(of.total).data,
                "sources": _by_source(of.by_source),
            }
            for of in streams_figures(party_id=party, streams=page)
        ]
        return Response(
            {
                "next": paginator.get_next_link(),
                "previous": paginator.get_previous_link(),
                "results": results,
            }
        )


class StreamEarningsView(SignedInApiView):
    errors = (NotFound,)

    @extend_schema(operation_id="stream_earnings", responses=StreamEarningsOut)
    def get(self, request: SignedInRequest, stream_id: uuid.UUID) -> Response:
        """What one stream of yours earned so far; to everybody else there is no such thing."""
        viewer = viewer_from_request(request)
        stream = stream_get_for(viewer=viewer, stream_id=stream_id)
        if not is_creator(viewer, stream):
            raise NotFound()
        return Response(StreamEarningsOut(stream_earnings(stream_id=stream.pk)).data)


def _by_source(sources: Mapping[EarningSource, Figures]) -> list[dict[str, Any]]:
    return [{"source": source.value, **FiguresOut(figures).data} for source, figures in sources.items()]
