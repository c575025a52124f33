import uuid

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from accounts.api.requests import SignedInRequest
from accounts.api.serializers import FollowOut
from accounts.errors import CannotFollowYourself
from accounts.selectors import follower_count, user_get
from accounts.services import follow_create, follow_delete
from core.api.views import SignedInApiView
from core.errors import NotFound


class FollowView(SignedInApiView):
    throttle_bucket = "follow"
    errors = (NotFound, CannotFollowYourself)

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
