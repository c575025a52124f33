from typing import ClassVar

from rest_framework.permissions import IsAuthenticated
from rest_framework.views import APIView

from core.errors import DomainError


class ApiView(APIView):
    """A door of the API: parses, calls one service or selector, answers.

    ``errors`` are the domain errors it can answer with, for the schema; ``throttle_bucket`` is what it counts as
    (``core.api.throttling``).
    """

    errors: ClassVar[tuple[type[DomainError], ...]] = ()
    throttle_bucket: ClassVar[str | None] = None


class SignedInApiView(ApiView):
    """The same, for people with an account."""

    permission_classes = (IsAuthenticated,)
