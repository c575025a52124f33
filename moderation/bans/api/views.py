"""Doors to who is kept out of a channel or silent in it."""

import uuid
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from accounts.api.requests import SignedInRequest
from accounts.models import Party, User
from accounts.selectors import profile_get, user_card
from core.api.pagination import CursorPagination
from core.api.views import SignedInApiView
from core.errors import NotFound
from moderation.bans.api.serializers import (
    BanIn,
    BanOut,
    BanPageOut,
    BansIn,
    CautionOut,
    TimeoutIn,
    TimeoutOut,
    UnbanAnswerIn,
    UnbanAskIn,
    UnbanRequestOut,
    UnbanRequestPageOut,
    UnbanRequestsIn,
    WarningIn,
)
from moderation.bans.errors import AskedAlready, IsBanned, NetworkShared, NotBanned
from moderation.bans.models import Ban, UnbanRequest
from moderation.bans.selectors import bans_of, unban_requests_of
from moderation.bans.services import (
    TIMEOUT_ENDS,
    caution_read,
    person_ban,
    person_time_out,
    person_unban,
    person_warn,
    unban_answer,
    unban_ask,
)
from moderation.errors import Decided, NotYourPlace


class BansView(SignedInApiView):
    errors = (NotFound, NotYourPlace)

    @extend_schema(operation_id="bans", parameters=[BansIn], responses=BanPageOut)
    def get(self, request: SignedInRequest, username: str) -> Response:
        """Who is kept out of a channel or silent in it, newest first, for its team."""
        asked = BansIn.of(request).validated_data
        kind = asked.get("kind")
        found = bans_of(
            actor=request.user,
            channel=profile_get(username=username),
            text=asked.get("q", ""),
            timeouts=None if kind is None else kind == "timeout",
        )
        paginator = CursorPagination()
        rows = paginator.paginate_queryset(found, request)
        page = {
            "next": paginator.get_next_link(),
            "previous": paginator.get_previous_link(),
            "results": [
                _ban(ban) | {"networks": ban.networks_count or 0, "asked": ban.asked}  # type: ignore[attr-defined]
                for ban in rows
            ],
        }
        return Response(BanPageOut(page).data)


class BanView(SignedInApiView):
    errors = (NotFound, NotYourPlace, NetworkShared)

    @extend_schema(operation_id="ban", request=BanIn, responses=BanOut)
    def put(self, request: SignedInRequest, username: str, user_id: uuid.UUID) -> Response:
        """Keep somebody out of everything of a channel. Again, it is the same ban, with the newer reason."""
        body = BanIn(data=request.data)
        body.is_valid(raise_exception=True)
        ban = person_ban(
            actor=request.user,
            channel=profile_get(username=username),
            person=_person(user_id),
            **body.validated_data,
        )
        return Response(BanOut(_ban(ban)).data)

    @extend_schema(operation_id="unban", request=None, responses={204: None})
    def delete(self, request: SignedInRequest, username: str, user_id: uuid.UUID) -> Response:
        """Lift a ban, or a timeout. Answers the same whether or not there was one."""
        person_unban(
            actor=request.user, channel=profile_get(username=username), person=_person(user_id), reason=""
        )
        return Response(status=204)


class TimeoutView(SignedInApiView):
    errors = (NotFound, NotYourPlace, IsBanned)

    @extend_schema(operation_id="time_out", request=TimeoutIn, responses=TimeoutOut)
    def put(self, request: SignedInRequest, username: str, user_id: uuid.UUID) -> Response:
        """Keep somebody from writing for a while. They go on watching."""
        body = TimeoutIn(data=request.data)
        body.is_valid(raise_exception=True)
        ban = _time_out(request, username, user_id, **body.validated_data)
        return Response(TimeoutOut({"until": ban.until if ban else None}).data)

    @extend_schema(operation_id="time_out_end", request=None, responses={204: None})
    def delete(self, request: SignedInRequest, username: str, user_id: uuid.UUID) -> Response:
        """End a timeout. Answers the same whether or not there was one; a ban stays."""
        _time_out(request, username, user_id, seconds=TIMEOUT_ENDS)
        return Response(status=204)


class WarningView(SignedInApiView):
    errors = (NotFound, NotYourPlace)

    @extend_schema(operation_id="warn", request=WarningIn, responses={201: CautionOut})
    def post(self, request: SignedInRequest, username: str, user_id: uuid.UUID) -> Response:
        """Tell somebody what they must not do: they write again once they say that they read it."""
        body = WarningIn(data=request.data)
        body.is_valid(raise_exception=True)
        caution = person_warn(
            actor=request.user,
            channel=profile_get(username=username),
            person=_person(user_id),
            reason=body.validated_data["reason"],
        )
        return Response(CautionOut(caution).data, status=201)


class CautionReadView(SignedInApiView):
    errors = (NotFound,)

    @extend_schema(operation_id="caution_read", request=None, responses=CautionOut)
    def post(self, request: SignedInRequest, caution_id: uuid.UUID) -> Response:
        """Say that I read a warning of mine."""
        return Response(CautionOut(caution_read(person=request.user, caution_id=caution_id)).data)


class UnbanRequestsView(SignedInApiView):
    errors = (NotFound, NotYourPlace, NotBanned, AskedAlready)

    @extend_schema(operation_id="unban_requests", parameters=[UnbanRequestsIn], responses=UnbanRequestPageOut)
    def get(self, request: SignedInRequest, username: str) -> Response:
        """Who asks to be let back, newest first, for the team."""
        asked = UnbanRequestsIn.of(request).validated_data
        channel = profile_get(username=username)
        found = unban_requests_of(actor=request.user, channel=channel, state=asked.get("state", ""))
        paginator = CursorPagination()
        rows = paginator.paginate_queryset(found, request)
        page = {
            "next": paginator.get_next_link(),
            "previous": paginator.get_previous_link(),
            "results": [
                _request(row)
                | {
                    "user": user_card(row.person),
                    "reason": row.reason,  # type: ignore[attr-defined]
                    "answered_by": _card(row.answered_by),
                }
                for row in rows
            ],
        }
        return Response(UnbanRequestPageOut(page).data)

    @extend_schema(operation_id="unban_ask", request=UnbanAskIn, responses={201: UnbanRequestOut})
    def post(self, request: SignedInRequest, username: str) -> Response:
        """Ask to be let back where I am banned, once for each ban."""
        body = UnbanAskIn(data=request.data)
        body.is_valid(raise_exception=True)
        channel = profile_get(username=username)
        asked = unban_ask(person=request.user, channel=channel, text=body.validated_data["text"])
        return Response(UnbanRequestOut(_request(asked)).data, status=201)


class UnbanAnswerView(SignedInApiView):
    errors = (NotFound, NotYourPlace, Decided)

    @extend_schema(operation_id="unban_answer", request=UnbanAnswerIn, responses=UnbanRequestOut)
    def post(self, request: SignedInRequest, username: str, request_id: uuid.UUID) -> Response:
        """Let somebody back or not, for lead moderators and the owner."""
        body = UnbanAnswerIn(data=request.data)
        body.is_valid(raise_exception=True)
        channel = profile_get(username=username)
        if not UnbanRequest.objects.filter(pk=request_id, channel=channel).exists():
            raise NotFound()
        answered = unban_answer(actor=request.user, request_id=request_id, **body.validated_data)
        return Response(UnbanRequestOut(_request(answered)).data)


def _time_out(
    request: SignedInRequest, username: str, user_id: uuid.UUID, *, seconds: int, reason: str = ""
) -> Ban | None:
    return person_time_out(
        actor=request.user,
        channel=profile_get(username=username),
        person=_person(user_id),
        seconds=seconds,
        reason=reason,
    )


def _person(user_id: uuid.UUID) -> User:
    """Also somebody who is suspended. Raises: NotFound."""
    person = User.objects.filter(pk=user_id).first()
    if person is None:
        raise NotFound()
    return person


def _ban(ban: Ban) -> dict[str, Any]:
    return {
        "user": user_card(ban.person),
        "until": ban.until,
        "reason": ban.reason,
        "by": _card(ban.by),
        "created_at": ban.created_at,
    }


def _request(row: UnbanRequest) -> dict[str, Any]:
    names = ("id", "text", "state", "answer", "created_at", "answered_at")
    return {name: getattr(row, name) for name in names}


def _card(party: Party | None) -> dict[str, Any] | None:
    """The person behind a party; nobody once they were erased."""
    user = getattr(party, "user", None) if party else None
    return user_card(user) if user else None
