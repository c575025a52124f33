"""Doors to invited streams: whom the creator lets in, and how they come."""

import uuid

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.errors import EmailUnconfirmed
from core.api.idempotent import idempotent
from core.api.views import ApiView, SignedInApiView
from core.errors import Forbidden, NotFound
from streams import guests
from streams.api.serializers import (
    GuestIn,
    GuestOut,
    InvitationAcceptedOut,
    InvitationAcceptIn,
    InvitationCreatedOut,
    InvitationIn,
    InvitationOut,
)
from streams.api.streams import own_stream
from streams.errors import InvitationSpent, StreamOver
from streams.selectors import stream_get_for
from streams.viewers import ADULT_COOKIE, ADULT_COOKIE_SECONDS, viewer_from_request

OWN = (NotFound, Forbidden, StreamOver, EmailUnconfirmed)


class GuestsView(SignedInApiView):
    errors = OWN

    @extend_schema(operation_id="guests", responses=GuestOut(many=True))
    def get(self, request: Request, stream_id: uuid.UUID) -> Response:
        """Who is invited. For the creator."""
        stream = own_stream(request, stream_id)
        rows = stream.guests.select_related("user")[: guests.MOST_GUESTS]
        return Response(GuestOut(rows, many=True).data)

    @extend_schema(operation_id="guest_add", request=GuestIn, responses={201: GuestOut})
    @idempotent
    def post(self, request: Request, stream_id: uuid.UUID) -> Response:
        """Invite somebody by name; again is no error."""
        body = GuestIn(data=request.data)
        body.is_valid(raise_exception=True)
        guest = guests.guest_add(stream=own_stream(request, stream_id), **body.validated_data)
        return Response(GuestOut(guest).data, status=201)


class GuestView(SignedInApiView):
    errors = OWN

    @extend_schema(operation_id="guest_remove", responses={204: None})
    def delete(self, request: Request, stream_id: uuid.UUID, guest_id: uuid.UUID) -> Response:
        """Take an invitation back; whoever is watching by it is out within seconds."""
        guests.guest_remove(stream=own_stream(request, stream_id), guest_id=guest_id)
        return Response(status=204)


class InvitationsView(SignedInApiView):
    errors = OWN

    @extend_schema(operation_id="invitations", responses=InvitationOut(many=True))
    def get(self, request: Request, stream_id: uuid.UUID) -> Response:
        """Links made so far, without their secrets."""
        return Response(InvitationOut(own_stream(request, stream_id).invitations.all()[:100], many=True).data)

    @extend_schema(
        operation_id="invitation_create", request=InvitationIn, responses={201: InvitationCreatedOut}
    )
    @idempotent
    def post(self, request: Request, stream_id: uuid.UUID) -> Response:
        """Make a link for so many people and days. The link is in this answer only."""
        body = InvitationIn(data=request.data)
        body.is_valid(raise_exception=True)
        invitation, token = guests.invitation_create(
            stream=own_stream(request, stream_id), **body.validated_data
        )
        # After the #, so that the secret reaches no server's log on its way.
        url = request.build_absolute_uri("/invite") + f"#{token}"
        return Response({**InvitationOut(invitation).data, "url": url}, status=201)


class InvitationView(SignedInApiView):
    errors = OWN

    @extend_schema(operation_id="invitation_revoke", responses={204: None})
    def delete(self, request: Request, stream_id: uuid.UUID, invitation_id: uuid.UUID) -> Response:
        """Nobody more comes by this link; who came stays until removed."""
        guests.invitation_revoke(stream=own_stream(request, stream_id), invitation_id=invitation_id)
        return Response(status=204)


class InvitationAcceptView(ApiView):
    errors = (NotFound, InvitationSpent)

    @extend_schema(
        operation_id="invitation_accept", request=InvitationAcceptIn, responses=InvitationAcceptedOut
    )
    def post(self, request: Request) -> Response:
        """Become a guest by what stands after the # of an invitation's link; no account is needed."""
        body = InvitationAcceptIn(data=request.data)
        body.is_valid(raise_exception=True)
        stream = guests.invitation_accept(
            viewer=viewer_from_request(request), token=body.validated_data["token"]
        )
        return Response({"stream_id": stream.pk, "stream_url": f"/stream/{stream.pk}"})


class AgeConfirmView(ApiView):
    errors = (NotFound,)

    @extend_schema(operation_id="age_confirm", request=None, responses={204: None})
    def post(self, request: Request, stream_id: uuid.UUID) -> Response:
        """Say that you are of age, to enter streams that are not for minors; good for a day in this browser."""
        viewer = viewer_from_request(request)
        stream_get_for(viewer=viewer, stream_id=stream_id)
        answer = Response(status=204)
        answer.set_cookie(ADULT_COOKIE, "1", max_age=ADULT_COOKIE_SECONDS, httponly=True, samesite="Lax")
        return answer
