"""The door to a channel's trail."""

from django.http import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from accounts.api.requests import SignedInRequest
from accounts.selectors import profile_get
from core.api.pagination import CursorPagination
from core.api.views import SignedInApiView
from core.errors import InvalidInput, NotFound
from moderation.errors import NotYourPlace
from moderation.history.api.serializers import TrailIn, TrailPageOut
from moderation.history.export import trail_answer
from moderation.history.selectors import event_cards, trail_of


class TrailView(SignedInApiView):
    errors = (NotFound, NotYourPlace, InvalidInput)

    @extend_schema(operation_id="trail", parameters=[TrailIn], responses=TrailPageOut)
    def get(self, request: SignedInRequest, username: str) -> HttpResponseBase:
        """What the team and the rules of a channel did, newest first, for its team."""
        asked = TrailIn.of(request)
        channel = profile_get(username=username)
        found = trail_of(actor=request.user, channel=channel, asked=asked.asked)
        if asked.validated_data.get("format") == "csv":
            return trail_answer(found=found, name=f"trail-{channel.username}.csv")
        paginator = CursorPagination()
        rows = paginator.paginate_queryset(found, request)
        page = {
            "next": paginator.get_next_link(),
            "previous": paginator.get_previous_link(),
            "results": event_cards(rows),
        }
        return Response(TrailPageOut(page).data)
