"""Doors to the chat for clients without a socket, and for what a socket missed."""

import uuid

import msgspec
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.requests import SignedInRequest
from accounts.errors import EmailUnconfirmed
from accounts.models import User
from accounts.selectors import profile_get, user_get
from chat import selectors
from chat.api.serializers import (
    ChatMeOut,
    EventsIn,
    EventsOut,
    HeldMessageOut,
    MessageIn,
    MessageOut,
    MessagePageOut,
    PersonCardOut,
    PurgeIn,
    PurgeOut,
    RemoveIn,
    ToldOut,
)
from chat.errors import EmptyMessage, MessageTooLong
from chat.events import ChatHeldEvent
from chat.people_card import person_card_for
from chat.removals import chat_clear, message_remove, messages_purge
from chat.services import Held, message_send
from chat.slash import is_slash, slash_run
from chat.standing import chat_standing
from core.api.idempotent import idempotent
from core.api.pagination import CursorPagination, PageIn
from core.api.views import ApiView, SignedInApiView
from core.errors import Busy, Forbidden, NotFound, NotSignedIn, RateLimited
from moderation.errors import NotYourPlace
from streams.access import Action, decide, require
from streams.errors import FollowersOnly, StreamOver
from streams.models import StreamVisibility
from streams.selectors import StreamView, stream_view_for
from streams.viewers import viewer_from_request


class MessageView(SignedInApiView):
    throttle_bucket = ""  # the chat counts messages itself, with those of sockets
    errors = (
        NotFound,
        Forbidden,
        EmailUnconfirmed,
        FollowersOnly,
        StreamOver,
        EmptyMessage,
        MessageTooLong,
        RateLimited,
        Busy,
    )

    @extend_schema(
        operation_id="chat_message",
        request=MessageIn,
        responses={200: ToldOut, 201: MessageOut, 202: HeldMessageOut},
    )
    @idempotent
    def post(self, request: Request, stream_id: uuid.UUID) -> Response:
        """Say something; repeat it with the same client_id to be sure, it is shown once.

        202: it waits for the team, and is shown if they approve it. 200: what became of a command, which is a text that
        begins with "/" and is never said.
        """
        body = MessageIn(data=request.data)
        body.is_valid(raise_exception=True)
        viewer = viewer_from_request(request)
        if is_slash(body.validated_data["text"]):
            view = stream_view_for(viewer=viewer, stream_id=stream_id)
            told = slash_run(actor_id=viewer.user_id, stream_id=view.id, **body.validated_data)
            return Response(msgspec.to_builtins(told))
        said = message_send(viewer=viewer, stream_id=stream_id, **body.validated_data)
        if isinstance(said, Held):
            event = ChatHeldEvent(
                client_id=body.validated_data["client_id"], id=str(said.id), user_id=str(viewer.user_id)
            )
            return Response(msgspec.to_builtins(event), status=202)
        return Response(msgspec.to_builtins(said), status=201)


class MessagesView(ApiView):
    errors = (NotFound, NotSignedIn, Forbidden, FollowersOnly, NotYourPlace)

    @extend_schema(operation_id="chat_messages", parameters=[PageIn], responses=MessagePageOut)
    def get(self, request: Request, stream_id: uuid.UUID) -> Response:
        """What was said, newest first, without the lines of people you blocked or who blocked you."""
        view = _readable(request, stream_id)
        paginator = CursorPagination()
        reader = viewer_from_request(request).user
        messages = paginator.paginate_queryset(selectors.messages_of(view.id, reader=reader), request)
        return Response(
            {
                "next": paginator.get_next_link(),
                "previous": paginator.get_previous_link(),
                "results": [msgspec.to_builtins(selectors.message_event(message)) for message in messages],
            }
        )

    @extend_schema(operation_id="chat_purge", parameters=[PurgeIn], request=None, responses=PurgeOut)
    def delete(self, request: Request, stream_id: uuid.UUID) -> Response:
        """Take away what `user` said so far; without it what everybody said. For the channel's team."""
        asked = PurgeIn.of(request).validated_data
        actor = _signed_in(request)
        view = stream_view_for(viewer=viewer_from_request(request), stream_id=stream_id)
        if "user" in asked:
            # Also of somebody who is suspended meanwhile.
            person = User.objects.filter(pk=asked["user"]).first()
            if person is None:
                raise NotFound()
            gone = messages_purge(actor=actor, stream_id=view.id, person=person)
        else:
            gone = chat_clear(actor=actor, stream_id=view.id)
        return Response({"messages": gone})


class MessageRemovalView(SignedInApiView):
    errors = (NotFound, NotYourPlace)

    @extend_schema(operation_id="chat_remove", parameters=[RemoveIn], request=None, responses={204: None})
    def delete(self, request: SignedInRequest, stream_id: uuid.UUID, message_id: uuid.UUID) -> Response:
        """Take one message away: your own, or for the channel's team. Of a card only its words and its pin go."""
        reason = RemoveIn.of(request).validated_data.get("reason", "")
        view = stream_view_for(viewer=viewer_from_request(request), stream_id=stream_id)
        message_remove(actor=request.user, stream_id=view.id, message_id=message_id, reason=reason)
        return Response(status=204)


class ChatMeView(SignedInApiView):
    errors = (NotFound,)

    @extend_schema(operation_id="chat_me", responses=ChatMeOut)
    def get(self, request: SignedInRequest, stream_id: uuid.UUID) -> Response:
        """How I stand in this chat: whether I may write, else why not and until when."""
        viewer = viewer_from_request(request)
        stream = stream_view_for(viewer=viewer, stream_id=stream_id)
        return Response(ChatMeOut(chat_standing(viewer=viewer, user=request.user, stream=stream)).data)


class EventsView(ApiView):
    errors = (NotFound, Forbidden, FollowersOnly)

    @extend_schema(operation_id="room_events", parameters=[EventsIn], responses=EventsOut)
    def get(self, request: Request, stream_id: uuid.UUID) -> HttpResponse:
        """The stored events that a socket missed."""
        query = EventsIn.of(request)
        view = _readable(request, stream_id)
        answer = selectors.events_answer(view.id, after=query.validated_data["after"])
        return HttpResponse(answer, content_type="application/json", headers={"Cache-Control": "no-store"})


class PersonCardView(SignedInApiView):
    errors = (NotFound,)

    @extend_schema(operation_id="channel_person", responses=PersonCardOut)
    def get(self, request: SignedInRequest, username: str, user_id: uuid.UUID) -> Response:
        """A person in a channel; for its team with what is and was in force against them, and their last lines."""
        card = person_card_for(
            reader=request.user, channel=profile_get(username=username), person=user_get(user_id=user_id)
        )
        return Response(card)


def _signed_in(request: Request) -> User:
    """Raises: NotSignedIn."""
    if not isinstance(request.user, User):
        raise NotSignedIn()
    return request.user


def _readable(request: Request, stream_id: uuid.UUID) -> StreamView:
    """A stream whose chat the caller may read: while it is on, who may enter; afterwards, who may see it at all.

    Queries: those of ``stream_view_for`` and ``access``.
    """
    viewer = viewer_from_request(request)
    view = stream_view_for(viewer=viewer, stream_id=stream_id)
    decision = decide(viewer=viewer, stream=view, action=Action.ENTER)
    if isinstance(decision.refusal, StreamOver):
        if view.visibility not in {StreamVisibility.PUBLIC, StreamVisibility.UNLISTED}:
            require(viewer=viewer, stream=view, action=Action.MODERATE)
    elif decision.refusal is not None:
        raise decision.refusal
    return view
