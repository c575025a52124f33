"""Doors to what a creator types into an encoder."""

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.api.requests import SignedInRequest
from accounts.errors import ReauthenticationRequired
from accounts.security import require_recent_sign_in
from core.api.views import SignedInApiView
from core.errors import NotSupported
from streams.access import require_go_live
from streams.encoders.errors import NoCapacity
from streams.encoders.rtmp import RtmpState, rtmp_drop
from streams.encoders.selectors import Encoders, encoders_of
from streams.media import backend
from streams.media.errors import MediaAway
from streams.models import StreamStatus

NO_STORE = {"Cache-Control": "no-store"}


class WhipOut(serializers.Serializer[object]):
    url = serializers.CharField(help_text="The server; the stream key is its bearer token.")
    last_four = serializers.CharField(
        allow_null=True, help_text="Of the stream key; null while there is none."
    )


class RtmpOut(serializers.Serializer[object]):
    url = serializers.CharField()
    last_four = serializers.CharField(help_text="Of this address's own key.")
    state = serializers.ChoiceField(
        choices=[state.value for state in RtmpState],
        help_text="`no_capacity`: the ingress service refused the encoder for now; it may try again.",
    )


class EncoderStreamOut(serializers.Serializer[object]):
    id = serializers.UUIDField()
    title = serializers.CharField()
    status = serializers.ChoiceField(choices=StreamStatus.choices)
    on_air = serializers.BooleanField(help_text="An encoder's pictures arrive.")


class EncodersOut(serializers.Serializer[object]):
    whip = WhipOut(allow_null=True, help_text="null where no encoder is taken.")
    rtmp = RtmpOut(allow_null=True, help_text="null until it is made.")
    rtmp_available = serializers.BooleanField()
    stream = EncoderStreamOut(
        allow_null=True, help_text="Where an encoder sends into, or would if it started now."
    )


class RtmpKeyOut(serializers.Serializer[object]):
    url = serializers.CharField()
    stream_key = serializers.CharField(help_text="In full, this one time.")


class EncodersView(SignedInApiView):
    @extend_schema(operation_id="encoders", responses=EncodersOut)
    def get(self, request: SignedInRequest) -> Response:
        """Where your encoder sends to, and what arrives from it."""
        return Response(_encoders(encoders_of(creator=request.user)), headers=NO_STORE)


class RtmpView(SignedInApiView):
    throttle_bucket = "create"
    errors = (ReauthenticationRequired, NotSupported, NoCapacity, MediaAway)

    @extend_schema(operation_id="rtmp_make", request=None, responses=RtmpKeyOut)
    def post(self, request: SignedInRequest) -> Response:
        """Make an RTMP address, or a new key for it, after which the old one is void. Asks for a recent sign-in."""
        require_recent_sign_in(request)
        require_go_live(user=request.user)
        made = backend().encoder_credentials(creator=request.user)
        return Response(RtmpKeyOut(made).data, headers=NO_STORE)

    @extend_schema(operation_id="rtmp_drop", request=None, responses={204: None})
    def delete(self, request: SignedInRequest) -> Response:
        """Take the RTMP address back; who sends to it is put out. Nothing to take back is no error."""
        if not settings.LIVEKIT_URL:
            raise NotSupported(what="encoders")
        rtmp_drop(creator=request.user)
        return Response(status=204)


def _encoders(found: Encoders) -> dict[str, object]:
    target = found.target
    return EncodersOut(
        {
            "whip": found.whip,
            "rtmp": found.rtmp,
            "rtmp_available": found.rtmp_available,
            "stream": target
            and {
                "id": target.stream.pk,
                "title": target.stream.title,
                "status": target.stream.status,
                "on_air": target.on_air,
            },
        }
    ).data
