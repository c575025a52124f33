import uuid

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from accounts.api.requests import SignedInRequest
from accounts.api.serializers import BlockOut, BlockPageOut, FollowOut
from accounts.blocks import block_create, block_delete
from accounts.errors import CannotBlockYourself, CannotFollowYourself
from accounts.selectors import blocks_of, follower_count, user_card, user_get
from accounts.services import follow_create, follow_delete
from core.api.pagination import CursorPagination, PageIn
from core.api.views import SignedInApiView
from core.errors import Forbidden, NotFound


class FollowView(SignedInApiView):
    throttle_bucket = "follow"
    errors = (NotFound, CannotFollowYourself, Forbidden)

    @extend_schema(operation_id="follow_create", request=None, responses=FollowOut)
    def post(self, request: SignedInRequest, user_id: uuid.UUID) -> Response:
        """Follow a creator. Following again changes nothing."""
        creator = user_get(user_id=user_id)
        follow_create(follower=request.user, creator=creator)
        return Response({"following": True, "followers": follower_count(creator_id=creator.pk)})

    @extend_schema(operation_id="follow_delete", request=None, responses=FollowOut)
    def delete(self, request: SignedInRequest, user_id: uuid.UUID) -> Response:
        """Stop following. Answers the same whether or not you followed."""
        creator = user_get(user_id=user_id)
        follow_delete(follower=request.user, creator=creator)
        return Response({"following": False, "followers": follower_count(creator_id=creator.pk)})


class BlockView(SignedInApiView):
    throttle_bucket = "follow"
    errors = (NotFound, CannotBlockYourself)

    @extend_schema(operation_id="block_create", request=None, responses=BlockOut)
    def post(self, request: SignedInRequest, user_id: uuid.UUID) -> Response:
        """Block somebody: they leave your streams, and neither of you follows the other or reads the other's lines."""
        block_create(blocker=request.user, blocked=user_get(user_id=user_id))
        return Response({"blocking": True})

    @extend_schema(operation_id="block_delete", request=None, responses=BlockOut)
    def delete(self, request: SignedInRequest, user_id: uuid.UUID) -> Response:
        """Take it back. Answers the same whether or not you blocked them."""
        block_delete(blocker=request.user, blocked=user_get(user_id=user_id))
        return Response({"blocking": False})


class BlocksView(SignedInApiView):
    @extend_schema(operation_id="blocks", parameters=[PageIn], responses=BlockPageOut)
    def get(self, request: SignedInRequest) -> Response:
        """Whom you blocked, newest first."""
        paginator = CursorPagination()
        page = paginator.paginate_queryset(blocks_of(request.user), request)
        return Response(
            {
                "next": paginator.get_next_link(),
                "previous": paginator.get_previous_link(),
                "results": [user_card(block.blocked) for block in page],
            }
        )
