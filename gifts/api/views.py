"""Doors to gifts."""

import uuid
from dataclasses import asdict
from typing import Any

import msgspec
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.errors import EmailUnconfirmed
from accounts.selectors import profile_get
from core.api.idempotent import idempotent
from core.api.views import ApiView, SignedInApiView
from core.errors import Forbidden, InvalidInput, NotFound
from gifts import selectors
from gifts.api.serializers import (
    CatalogueOut,
    GiftSendIn,
    GiftSendOut,
    GoalIn,
    GoalOut,
    LeaderboardIn,
    LeaderboardOut,
    SpanIn,
)
from gifts.errors import GiftChanged, StreamNotLive
from gifts.goals import goal_event, goal_remove, goal_set
from gifts.models import Board, Goal
from gifts.prices import coins_price, coins_rate
from gifts.services import gift_send
from gifts.standings import week_of
from payments.errors import CardShared, KeyUsedOtherwise, NotEnoughCoins, OwnChannel, WalletFrozen
from payments.provider import payments_mode
from payments.selectors import wallet_balance, wallet_state
from payments.terms import book_terms
from streams.api.streams import own_stream
from streams.errors import FollowersOnly, MatureGate, StreamOver, TooYoung
from streams.selectors import stream_get_for, stream_view_for
from streams.viewers import Viewer, viewer_from_request


class CatalogueView(ApiView):
    @extend_schema(operation_id="gifts", responses=CatalogueOut)
    def get(self, request: Request) -> Response:
        """What can be given, the cheapest first, and what you have to give."""
        terms, rate = book_terms(), coins_rate()
        return Response(
            {
                "gifts": [
                    {
                        "sku": gift.sku,
                        "name": gift.name,
                        "price_coins": gift.price_coins,
                        "worth": terms.coins_worth(gift.price_coins),
                        "price": coins_price(coins=gift.price_coins, rate=rate),
                        "currency": terms.currency,
                        "animation": gift.animation,
                        "rarity": gift.rarity,
                    }
                    for gift in selectors.catalogue()
                ],
                "rate": {"coins": rate.coins, "amount": rate.amount, "currency": rate.currency},
                "wallet": _wallet(request),
                "payments": payments_mode(),
            }
        )


def _wallet(request: Request) -> dict[str, Any] | None:
    party_id = viewer_from_request(request).party_id
    return wallet_state(party_id=party_id)._asdict() if party_id else None


class GiftSendView(SignedInApiView):
    throttle_bucket = "gift"
    errors = (
        InvalidInput,
        NotEnoughCoins,
        Forbidden,
        FollowersOnly,
        MatureGate,
        TooYoung,
        OwnChannel,
        CardShared,
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
        viewer = viewer_from_request(request)
        stream = stream_get_for(viewer=viewer, stream_id=stream_id)
        if board == Board.STREAM:
            found = selectors.stream_leaderboard(stream_id=stream.pk, party_id=viewer.party_id)
        else:
            found = _of_channel(stream.party_id, board, viewer)
        return Response(asdict(found))


class ChannelLeaderboardView(ApiView):
    errors = (NotFound,)

    @extend_schema(operation_id="channel_leaderboard", parameters=[SpanIn], responses=LeaderboardOut)
    def get(self, request: Request, username: str) -> Response:
        """Who gave most to a creator's streams, ten at most, as of the last second."""
        span = SpanIn.of(request).validated_data["span"]
        creator = profile_get(username=username)
        return Response(asdict(_of_channel(creator.party_id, span, viewer_from_request(request))))


def _of_channel(creator_id: uuid.UUID, span: str, viewer: Viewer) -> selectors.Leaderboard:
    week = week_of(timezone.now()) if span == Board.WEEK else None
    return selectors.channel_leaderboard(creator_id=creator_id, week=week, party_id=viewer.party_id)


class GoalView(ApiView):
    errors = (NotFound, Forbidden, StreamOver, EmailUnconfirmed, InvalidInput)

    def get_permissions(self) -> list[BasePermission]:
        return [] if self.request.method == "GET" else [IsAuthenticated()]

    @extend_schema(operation_id="goal", responses=GoalOut)
    def get(self, request: Request, stream_id: uuid.UUID) -> Response:
        """What the creator would like to be given, and what was given since, as of the last second."""
        stream = stream_view_for(viewer=viewer_from_request(request), stream_id=stream_id)
        return _goal(selectors.goal_of(stream_id=stream.id))

    @extend_schema(operation_id="goal_set", request=GoalIn, responses=GoalOut)
    def put(self, request: Request, stream_id: uuid.UUID) -> Response:
        """Set my stream's goal or change it. What was given stays; after one that was reached a new one begins."""
        body = GoalIn(data=request.data)
        body.is_valid(raise_exception=True)
        stream = own_stream(request, stream_id)
        return _goal(goal_set(stream_id=stream.pk, **body.validated_data))

    @extend_schema(operation_id="goal_remove", responses={204: None})
    def delete(self, request: Request, stream_id: uuid.UUID) -> Response:
        """Have no goal."""
        goal_remove(stream_id=own_stream(request, stream_id).pk)
        return Response(status=204)


def _goal(goal: Goal | None) -> Response:
    return Response(msgspec.structs.asdict(goal_event(goal)))
