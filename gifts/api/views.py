"""Doors to gifts."""

import uuid
from dataclasses import asdict

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.idempotent import idempotent
from core.api.views import ApiView, SignedInApiView
from core.errors import Forbidden, InvalidInput, NotFound
from gifts import selectors
from gifts.api.serializers import (
    CatalogueOut,
    GiftSendIn,
    GiftSendOut,
    LeaderboardIn,
    LeaderboardOut,
)
from gifts.errors import GiftChanged, StreamNotLive
from gifts.models import Board
from gifts.services import gift_send
from gifts.standings import week_of
from payments.errors import KeyUsedOtherwise, NotEnoughCoins, OwnChannel, WalletFrozen
from payments.selectors import wallet_balance
from payments.terms import book_terms
from streams.errors import FollowersOnly, MatureGate, StreamOver, TooYoung
from streams.selectors import stream_get_for
from streams.viewers import viewer_from_request


class CatalogueView(ApiView):
    @extend_schema(operation_id="gifts", responses=CatalogueOut)
    def get(self, request: Request) -> Response:
        """What can be given, the cheapest first."""
        terms = book_terms()
        return Response(
            {
                "gifts": [
                    {
                        "sku": gift.sku,
                        "name": gift.name,
                        "price_coins": gift.price_coins,
                        "worth": terms.coins_worth(gift.price_coins),
                        "currency": terms.currency,
                        "animation": gift.animation,
                        "rarity": gift.rarity,
                    }
                    for gift in selectors.catalogue()
                ]
            }
        )


class GiftSendView(SignedInApiView):
    errors = (
        InvalidInput,
        NotEnoughCoins,
        Forbidden,
        FollowersOnly,
        MatureGate,
        TooYoung,
        OwnChannel,
        WalletFrozen,
        NotFound,
        StreamNotLive,
        GiftChanged,
        KeyUsedOtherwise,
        StreamOver,
    )

    @extend_schema(operation_id="gift_send", request=GiftSendIn, responses={201: GiftSendOut})
    @idempotent
    def post(self, request: Request, stream_id: uuid.UUID) -> Response:
        """Send a gift into a live stream; repeat it with the same request_id to be sure, it is paid once."""
        body = GiftSendIn(data=request.data)
        body.is_valid(raise_exception=True)
        asked = dict(body.validated_data)
        viewer = viewer_from_request(request)
        stream = stream_get_for(viewer=viewer, stream_id=stream_id)
        gift = selectors.gift_get(sku=asked.pop("gift"))
        sent = gift_send(sender=viewer, stream=stream, gift=gift, **asked)
        balance = sent.balance_coins
        if balance is None:
            balance = wallet_balance(party_id=sent.gift.sender_id)
        return Response(
            {
                "id": sent.gift.pk,
                "gift": sent.gift.gift.sku,
                "quantity": sent.gift.quantity,
                "coins": sent.gift.coins,
                "anonymous": sent.gift.anonymous,
                "at": sent.gift.created_at,
                "balance_coins": balance,
            },
            status=201,
        )


class LeaderboardView(ApiView):
    errors = (NotFound,)

    @extend_schema(operation_id="leaderboard", parameters=[LeaderboardIn], responses=LeaderboardOut)
    def get(self, request: Request, stream_id: uuid.UUID) -> Response:
        """Who gave most, ten at most, as of the last second."""
        board = LeaderboardIn.of(request).validated_data["board"]
        stream = stream_get_for(viewer=viewer_from_request(request), stream_id=stream_id)
        if board == Board.STREAM:
            places = selectors.stream_leaderboard(stream_id=stream.pk)
        else:
            week = week_of(timezone.now()) if board == Board.WEEK else None
            places = selectors.channel_leaderboard(creator_id=stream.party_id, week=week)
        return Response({"places": [asdict(place) for place in places]})
