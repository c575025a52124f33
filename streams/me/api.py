from datetime import timedelta

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.api.requests import SignedInRequest
from accounts.selectors import session_hash
from core.api.views import SignedInApiView
from core.ids import new_id
from realtime.passes import LIFETIME_SECONDS, join_pass_issue


class TicketOut(serializers.Serializer[object]):
    ticket = serializers.CharField(help_text="Connect to `/ws/me/?ticket=<this>`, once.")
    expires_at = serializers.DateTimeField(help_text="30 seconds from now.")


class TicketsView(SignedInApiView):
    throttle_bucket = "join"

    @extend_schema(operation_id="ticket_create", request=None, responses={201: TicketOut})
    def post(self, request: SignedInRequest) -> Response:
        """A ticket for my own socket, for clients that can send it neither a header nor a cookie."""
        user = request.user
        expires_at = timezone.now() + timedelta(seconds=LIFETIME_SECONDS)
        ticket = join_pass_issue(
            room_id=user.pk,
            session_id=new_id(),
            viewer_id=f"u:{user.pk}",
            role="me",
            user_id=user.pk,
            party_id=user.party_id,
            name=user.name,
            is_staff=user.is_staff,
            login=session_hash(request),
        )
        body = TicketOut({"ticket": ticket, "expires_at": expires_at}).data
        return Response(body, status=201, headers={"Cache-Control": "no-store"})
