"""The door to finding people."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.serializers import UserCardOut
from accounts.models import User
from accounts.search import users_search
from accounts.selectors import user_card
from core.api.fields import PlainCharField
from core.api.pagination import CursorPagination, PageIn
from core.api.views import ApiView
from core.search import TEXT_MAX


class UserSearchIn(PageIn):
    q = PlainCharField(
        max_length=TEXT_MAX,
        help_text="Words of the username or the shown name; the last one may be unfinished.",
    )


class UserPageOut(serializers.Serializer[object]):
    next = serializers.URLField(allow_null=True, help_text="Of the next page.")
    previous = serializers.URLField(allow_null=True)
    results = UserCardOut(many=True)


class UserSearchView(ApiView):
    throttle_bucket = "search"

    @extend_schema(operation_id="user_search", parameters=[UserSearchIn], responses=UserPageOut)
    def get(self, request: Request) -> Response:
        """People by name, the best match first."""
        asked = UserSearchIn.of(request)
        viewer = request.user if isinstance(request.user, User) else None
        paginator = CursorPagination()
        people = paginator.paginate_queryset(
            users_search(viewer=viewer, text=asked.validated_data["q"]), request
        )
        return Response(
            {
                "next": paginator.get_next_link(),
                "previous": paginator.get_previous_link(),
                "results": [user_card(user) for user in people],
            }
        )
