"""Doors to how strict a channel's chat is, for its team."""

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from accounts.api.requests import SignedInRequest
from accounts.selectors import profile_get
from core.api.views import SignedInApiView
from core.errors import InvalidInput, NotFound
from moderation.errors import NotYourPlace
from moderation.modes.api.serializers import ChatModesIn, ChatModesOut
from moderation.modes.models import ChatModes
from moderation.modes.selectors import modes_of
from moderation.modes.services import modes_set, shield_lower, shield_raise, shield_set_of, shield_set_save
from moderation.policies import Act, require


class ChatModesView(SignedInApiView):
    errors = (NotFound, NotYourPlace, InvalidInput)

    @extend_schema(operation_id="chat_modes", responses=ChatModesOut)
    def get(self, request: SignedInRequest, username: str) -> Response:
        """How strict a channel's chat is, for its team."""
        channel = profile_get(username=username)
        require(act=Act.MODES, channel_id=channel.pk, actor=request.user)
        return _answer(modes_of(channel_id=channel.pk))

    @extend_schema(operation_id="chat_modes_set", request=ChatModesIn, responses=ChatModesOut)
    def patch(self, request: SignedInRequest, username: str) -> Response:
        """Make it stricter or less strict. It holds for the next message."""
        body = ChatModesIn(data=request.data)
        body.is_valid(raise_exception=True)
        channel = profile_get(username=username)
        return _answer(modes_set(actor=request.user, channel=channel, **body.validated_data))


class ShieldView(SignedInApiView):
    errors = (NotFound, NotYourPlace)

    @extend_schema(operation_id="shield_raise", request=None, responses=ChatModesOut)
    def put(self, request: SignedInRequest, username: str) -> Response:
        """Put the strict set in force. Again is no error."""
        return _answer(shield_raise(actor=request.user, channel=profile_get(username=username)))

    @extend_schema(operation_id="shield_lower", request=None, responses=ChatModesOut)
    def delete(self, request: SignedInRequest, username: str) -> Response:
        """Put in force what was before. Again is no error."""
        return _answer(shield_lower(actor=request.user, channel=profile_get(username=username)))


class ShieldSetView(SignedInApiView):
    errors = (NotFound, NotYourPlace, InvalidInput)

    @extend_schema(operation_id="shield_set", request=ChatModesIn, responses=ChatModesOut)
    def put(self, request: SignedInRequest, username: str) -> Response:
        """Choose what the shield puts in force the next time; what is left out is as it comes with Busk."""
        body = ChatModesIn(data=request.data)
        body.is_valid(raise_exception=True)
        channel = profile_get(username=username)
        return _answer(shield_set_save(actor=request.user, channel=channel, **body.validated_data))


def _answer(modes: ChatModes) -> Response:
    return Response(
        ChatModesOut(
            {
                "slow_seconds": modes.slow_seconds,
                "followers_minutes": modes.followers_minutes,
                "emote_only": modes.emote_only,
                "links": modes.links,
                "automod_level": modes.automod_level,
                "shield": modes.shield,
                "shield_set": shield_set_of(modes),
            }
        ).data
    )
