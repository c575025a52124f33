"""Doors to reports, to what people are told, and to appeals."""

import uuid
from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.requests import SignedInRequest
from accounts.selectors import profile_get
from core.api.pagination import CursorPagination, PageIn
from core.api.views import SignedInApiView
from core.errors import InvalidInput, NotFound, RateLimited
from moderation.errors import Decided, NotYourPlace
from moderation.reports.api.serializers import (
    AppealIn,
    AppealOut,
    CaseOut,
    CasePageOut,
    ReportIn,
    ReportOut,
    ReportPageOut,
    StatementOut,
    StatementPageOut,
)
from moderation.reports.appeals import appeal_make
from moderation.reports.errors import Appealed, AppealLate
from moderation.reports.models import Report
from moderation.reports.selectors import case_card, cases_for_team, reports_of, statement_card
from moderation.reports.services import report_make
from moderation.reports.statements import statement_read, statements_of


class ReportsView(SignedInApiView):
    throttle_bucket = ""  # the service counts
    errors = (NotFound, NotYourPlace, InvalidInput, RateLimited)

    @extend_schema(operation_id="report_make", request=ReportIn, responses={201: ReportOut})
    def post(self, request: SignedInRequest) -> Response:
        """Report a message, a person, a stream or a channel to staff. Again about the same thing changes the note."""
        body = ReportIn(data=request.data)
        body.is_valid(raise_exception=True)
        report = report_make(reporter=request.user, **body.validated_data)
        return Response(_report(report), status=201)


class MyReportsView(SignedInApiView):
    @extend_schema(operation_id="my_reports", parameters=[PageIn], responses=ReportPageOut)
    def get(self, request: SignedInRequest) -> Response:
        """What I reported, newest first, with staff's answers."""
        return Response(_page(reports_of(request.user), request, _report))


class MyStatementsView(SignedInApiView):
    @extend_schema(operation_id="my_statements", parameters=[PageIn], responses=StatementPageOut)
    def get(self, request: SignedInRequest) -> Response:
        """What staff told me, newest first: reasons of decisions, answers to reports and appeals."""
        return Response(_page(statements_of(request.user), request, _statement))


class StatementReadView(SignedInApiView):
    errors = (NotFound,)

    @extend_schema(operation_id="statement_read", request=None, responses={204: None})
    def post(self, request: SignedInRequest, statement_id: uuid.UUID) -> Response:
        """I have read it."""
        statement_read(person=request.user, statement_id=statement_id)
        return Response(status=204)


class AppealView(SignedInApiView):
    throttle_bucket = ""  # the service counts
    errors = (NotFound, InvalidInput, Appealed, AppealLate, Decided, RateLimited)

    @extend_schema(operation_id="appeal_make", request=AppealIn, responses={201: AppealOut})
    def post(self, request: SignedInRequest, decision_id: uuid.UUID) -> Response:
        """Appeal against a decision about me, once. Somebody else than who decided looks at it."""
        body = AppealIn(data=request.data)
        body.is_valid(raise_exception=True)
        appeal = appeal_make(party=request.user.party, decision_id=decision_id, **body.validated_data)
        return Response(AppealOut(appeal).data, status=201)


class ChannelReportsView(SignedInApiView):
    errors = (NotFound, NotYourPlace)

    @extend_schema(operation_id="channel_reports", parameters=[PageIn], responses=CasePageOut)
    def get(self, request: SignedInRequest, username: str) -> Response:
        """What waits for staff in a channel, for its team. Who reported is not told, nor what is about the team."""
        channel = profile_get(username=username)
        cases = cases_for_team(actor=request.user, channel=channel)
        return Response(_page(cases, request, lambda case: CaseOut(case_card(case)).data))


def _report(report: Report) -> Any:
    case = report.case
    return ReportOut(
        {
            "id": report.pk,
            "subject": case.subject,
            "subject_id": case.subject_id,
            "category": report.category,
            "note": report.note,
            # Whether somebody is at it, or there was an appeal, is not the reporter's business.
            "state": "decided" if report.answered_at else "open",
            "created_at": report.created_at,
            "answer": report.answer,
            "answered_at": report.answered_at,
        }
    ).data


def _statement(statement: Any) -> Any:
    return StatementOut(statement_card(statement)).data


def _page(rows: QuerySet[Any], request: Request, show: Callable[[Any], Any]) -> dict[str, Any]:
    """Queries: 1."""
    paginator = CursorPagination()
    found = paginator.paginate_queryset(rows, request)
    return {
        "next": paginator.get_next_link(),
        "previous": paginator.get_previous_link(),
        "results": [show(row) for row in found],
    }
