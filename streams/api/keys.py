from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.api.requests import SignedInRequest
from accounts.errors import ReauthenticationRequired
from accounts.security import require_recent_sign_in
from core.api.views import SignedInApiView
from streams.keys import stream_key_reset


class StreamKeyOut(serializers.Serializer[object]):
    stream_key = serializers.CharField(help_text="In full, this one time.")


class StreamKeyResetView(SignedInApiView):
    throttle_bucket = "create"
    errors = (ReauthenticationRequired,)

    @extend_schema(operation_id="stream_key_reset", request=None, responses=StreamKeyOut)
    def post(self, request: SignedInRequest) -> Response:
        """Make a new stream key; the old one opens nothing from now on. Asks for a recent sign-in."""
        require_recent_sign_in(request)
        _row, text = stream_key_reset(creator=request.user)
        return Response(StreamKeyOut({"stream_key": text}).data, headers={"Cache-Control": "no-store"})
