"""Doors to the messages that wait for a channel's team."""

import uuid

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from accounts.api.requests import SignedInRequest
from accounts.selectors import profile_get
from core.api.pagination import CursorPagination
from core.api.views import SignedInApiView
from core.errors import NotFound
from moderation.errors import Decided, NotYourPlace
from moderation.held.api.serializers import HeldDecidedOut, HeldDecideIn, HeldIn, HeldPageOut
from moderation.held.models import HeldMessage
from moderation.held.selectors import held_of
from moderation.held.services import held_decide
from moderation.lines import role_of
from moderation.policies import Rank, ranks_of


class HeldView(SignedInApiView):
    errors = (NotFound, NotYourPlace)

    @extend_schema(operation_id="held", parameters=[HeldIn], responses=HeldPageOut)
    def get(self, request: SignedInRequest, username: str) -> Response:
        """What waits for the team, oldest first."""
        asked = HeldIn.of(request).validated_data
        channel = profile_get(username=username)
        paginator = CursorPagination()
        found = held_of(actor=request.user, channel=channel, stream_id=asked.get("stream"))
        rows = paginator.paginate_queryset(found, request)
        ranks = ranks_of(channel_id=channel.pk, people={row.author_id: row.author for row in rows})
        page = {
            "next": paginator.get_next_link(),
            "previous": paginator.get_previous_link(),
            "results": [_held(row, ranks[row.author_id]) for row in rows],
        }
        return Response(HeldPageOut(page).data)


class HeldDecisionView(SignedInApiView):
    errors = (NotFound, NotYourPlace, Decided)

    @extend_schema(operation_id="held_decide", request=HeldDecideIn, responses=HeldDecidedOut)
    def post(self, request: SignedInRequest, username: str, held_id: uuid.UUID) -> Response:
        """Let a message be said, or not."""
        body = HeldDecideIn(data=request.data)
        body.is_valid(raise_exception=True)
        channel = profile_get(username=username)
        if not HeldMessage.objects.filter(pk=held_id, channel=channel).exists():
            raise NotFound()
        held = held_decide(actor=request.user, held_id=held_id, approve=body.validated_data["approve"])
        return Response(HeldDecidedOut(held).data)


def _held(held: HeldMessage, rank: Rank) -> dict[str, object]:
    return {
        "id": held.pk,
        "stream": held.stream_id,
        "user": {"id": held.author_id, "name": held.author.name, "role": role_of(rank)},
        "text": held.text,
        "reason": held.reason,
        "piece": held.piece,
        "at": held.created_at,
    }
