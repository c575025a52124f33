"""Doors to one's own account, and to what everybody may read of a person."""

from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.requests import SignedInRequest
from accounts.api.serializers import ExportOut, MeIn, MeOut, MePictureIn, ProfileOut
from accounts.erasure import account_erase
from accounts.errors import ExportAskedLately, ReauthenticationRequired, UsernameChangedLately
from accounts.exports import export_ask
from accounts.models import User
from accounts.renames import username_change
from accounts.security import require_recent_sign_in
from accounts.selectors import former_owner, me_card, profile_card, profile_get
from accounts.services import avatar_set, place_set, profile_update
from accounts.sign_in import session_of
from core.api.parsers import JSONParser, MultiPartParser
from core.api.views import ApiView, SignedInApiView
from core.errors import InvalidInput, NotFound


class MeView(SignedInApiView):
    errors = (InvalidInput, UsernameChangedLately, ReauthenticationRequired)

    @extend_schema(operation_id="me_get", responses=MeOut)
    def get(self, request: SignedInRequest) -> Response:
        """Me, with what only I may read."""
        return Response(MeOut(me_card(request.user)).data)

    @extend_schema(operation_id="me_delete", request=None, responses={204: None})
    def delete(self, request: SignedInRequest) -> Response:
        """Erase me, for good. Asks for a recent sign-in; what I said and streamed stays as a deleted user's."""
        require_recent_sign_in(request)
        account_erase(user=request.user)
        session_of(request).flush()
        return Response(status=204)

    @extend_schema(operation_id="me_update", request=MeIn, responses=MeOut)
    def patch(self, request: SignedInRequest) -> Response:
        """Change what is given: all of it, or on an error nothing. The username once in 30 days."""
        body = MeIn(data=request.data)
        body.is_valid(raise_exception=True)
        _change(request.user, body.validated_data)
        return Response(MeOut(me_card(request.user)).data)


class MeExportView(SignedInApiView):
    throttle_bucket = "create"
    errors = (ExportAskedLately,)

    @extend_schema(operation_id="me_export", request=None, responses={202: ExportOut})
    def post(self, request: SignedInRequest) -> Response:
        """Have everything about me gathered; a link comes by mail within a day, usually within a minute."""
        return Response(ExportOut(export_ask(user=request.user)).data, status=202)


class MePictureView(SignedInApiView):
    throttle_bucket = "upload"
    parser_classes = (MultiPartParser, JSONParser)
    errors = (InvalidInput,)

    @extend_schema(operation_id="me_picture", request={"multipart/form-data": MePictureIn}, responses=MeOut)
    def post(self, request: SignedInRequest) -> Response:
        """Choose a picture. It is cut to a square and kept in three sizes."""
        body = MePictureIn(data=request.data)
        body.is_valid(raise_exception=True)
        avatar_set(user=request.user, image=body.validated_data["image"].read())
        return Response(MeOut(me_card(request.user)).data)

    @extend_schema(operation_id="me_picture_delete", request=None, responses=MeOut)
    def delete(self, request: SignedInRequest) -> Response:
        """Go without a picture."""
        avatar_set(user=request.user, image=None)
        return Response(MeOut(me_card(request.user)).data)


class ProfileView(ApiView):
    errors = (NotFound,)

    @extend_schema(
        operation_id="user_get",
        responses={200: ProfileOut, 301: OpenApiResponse(description="A former name: to the present one.")},
    )
    def get(self, request: Request, username: str) -> Response | HttpResponse:
        """A person as everybody may read them."""
        try:
            user = profile_get(username=username)
        except NotFound:
            owner = former_owner(username=username)
            if owner is None:
                raise
            return redirect("api:user_get", owner.username, permanent=True)
        return Response(ProfileOut(profile_card(user)).data)


@transaction.atomic
def _change(user: User, given: dict[str, Any]) -> None:
    if given.keys() & {"display_name", "bio", "links"}:
        profile_update(
            user=user,
            display_name=given.get("display_name", user.display_name),
            bio=given.get("bio", user.bio),
            links=given.get("links", user.links),
        )
    if "place" in given:
        place = given["place"] or {}
        place_set(user=user, name=place.get("name", ""), lat=place.get("lat"), lon=place.get("lon"))
    if "username" in given:
        username_change(user=user, username=given["username"])
