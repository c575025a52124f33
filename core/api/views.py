from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponseBase
from django.utils.cache import patch_cache_control
from django.utils.decorators import method_decorator
from django.views.decorators.http import conditional_page
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.errors import DomainError


class ApiView(APIView):
    """A door of the API: parses, calls one service or selector, answers.

    ``errors`` are the domain errors it can answer with, for the schema; ``throttle_bucket`` is what it counts as
    (``core.api.throttling``). Who has the answer already, by its ETag, is told so instead of getting it again.
    """

    errors: ClassVar[tuple[type[DomainError], ...]] = ()
    throttle_bucket: ClassVar[str | None] = None

    @method_decorator(conditional_page)
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return super().dispatch(request, *args, **kwargs)

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        answer = super().finalize_response(request, response, *args, **kwargs)
        if not answer.has_header("Cache-Control"):
            patch_cache_control(answer, private=True, no_cache=True)
        return answer


class SignedInApiView(ApiView):
    """The same, for people with an account."""

    permission_classes = (IsAuthenticated,)
