"""Doors to a channel's terms."""

import uuid

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from accounts.api.requests import SignedInRequest
from accounts.selectors import profile_get
from core.api.views import SignedInApiView
from core.errors import NotFound
from moderation.errors import NotYourPlace
from moderation.terms.api.serializers import (
    TermIn,
    TermOut,
    TermsOut,
    TermsPastedOut,
    TermsPasteIn,
    TriedOut,
    TryIn,
)
from moderation.terms.errors import TermExists, TooManyTerms
from moderation.terms.selectors import terms_of
from moderation.terms.services import TERMS_OF_CHANNEL, term_add, term_remove, terms_paste
from moderation.terms.trying import text_try


class TermsView(SignedInApiView):
    errors = (NotFound, NotYourPlace, TermExists, TooManyTerms)

    @extend_schema(operation_id="terms", responses=TermsOut)
    def get(self, request: SignedInRequest, username: str) -> Response:
        """The whole list; for lead moderators, the owner and staff."""
        terms = terms_of(actor=request.user, channel=profile_get(username=username))
        return Response(TermsOut({"most": TERMS_OF_CHANNEL, "terms": terms}).data)

    @extend_schema(operation_id="term_add", request=TermIn, responses={201: TermOut})
    def post(self, request: SignedInRequest, username: str) -> Response:
        """Put a term on the list. It holds for what is said from then on."""
        body = TermIn(data=request.data)
        body.is_valid(raise_exception=True)
        term = term_add(actor=request.user, channel=profile_get(username=username), **body.validated_data)
        return Response(TermOut(term).data, status=201)


class TermView(SignedInApiView):
    errors = (NotFound, NotYourPlace)

    @extend_schema(operation_id="term_remove", request=None, responses={204: None})
    def delete(self, request: SignedInRequest, username: str, term_id: uuid.UUID) -> Response:
        """Take a term off the list."""
        term_remove(actor=request.user, channel=profile_get(username=username), term_id=term_id)
        return Response(status=204)


class TermsPasteView(SignedInApiView):
    errors = (NotFound, NotYourPlace, TooManyTerms)

    @extend_schema(operation_id="terms_paste", request=TermsPasteIn, responses=TermsPastedOut)
    def post(self, request: SignedInRequest, username: str) -> Response:
        """Put many terms on the list at once. Those that are on it stay as they are."""
        body = TermsPasteIn(data=request.data)
        body.is_valid(raise_exception=True)
        pasted = terms_paste(
            actor=request.user, channel=profile_get(username=username), **body.validated_data
        )
        return Response(TermsPastedOut(pasted).data)


class TermsTryView(SignedInApiView):
    errors = (NotFound, NotYourPlace)

    @extend_schema(operation_id="terms_try", request=TryIn, responses=TriedOut)
    def post(self, request: SignedInRequest, username: str) -> Response:
        """What would become of a text, by the terms, the rule on links and automod of the channel as they are now."""
        body = TryIn(data=request.data)
        body.is_valid(raise_exception=True)
        tried = text_try(
            actor=request.user,
            channel=profile_get(username=username),
            text=body.validated_data["text"],
        )
        return Response(TriedOut(tried).data)
