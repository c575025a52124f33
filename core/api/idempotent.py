"""``Idempotency-Key`` for the doors that create something."""

import hashlib
import re
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

import msgspec
from django.core.files.uploadedfile import UploadedFile
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.exceptions import exception_handler
from core.errors import InvalidInput
from core.idempotency import Answer, KeyReused, StillRunning, claim

if TYPE_CHECKING:
    from core.api.views import ApiView

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
ERRORS = (KeyReused, StillRunning)
_KEY = re.compile(r"[\x21-\x7e]{1,255}")

Handler = Callable[..., Response]


def idempotent(handler: Handler) -> Handler:
    """A ``post`` whose first answer to a key is repeated for a day; without a key nothing changes.

    Refusals are answers too. What the server failed at, or was asked too often, may be tried again under its key.
    """

    @wraps(handler)
    def post(view: "ApiView", request: Request, *args: Any, **kwargs: Any) -> Response:
        key = request.headers.get(HEADER)
        if key is None or not request.user.is_authenticated:
            return handler(view, request, *args, **kwargs)
        if not _KEY.fullmatch(key):
            raise InvalidInput(**{HEADER: ["Use 1 to 255 printable ASCII characters without spaces."]})
        claimed = claim(caller=f"u:{request.user.pk}", key=key, request_hash=_hash(request))
        if isinstance(claimed, Answer):
            return Response(claimed.body, status=claimed.status, headers={REPLAYED: "true"})
        stored = False
        try:
            response = _answered(handler, view, request, *args, **kwargs)
            if response.status_code < 500 and response.status_code != 429:
                claimed.store(Answer(response.status_code, _as_sent(response)))
                stored = True
            return response
        finally:
            if not stored:
                claimed.release()

    post.idempotent = True  # type: ignore[attr-defined]
    return post


def _answered(handler: Handler, view: "ApiView", request: Request, *args: Any, **kwargs: Any) -> Response:
    try:
        return handler(view, request, *args, **kwargs)
    except Exception as error:
        response = exception_handler(error, {"view": view, "request": request})
        if response is None:
            raise
        return response


def _as_sent(response: Response) -> Any:
    return msgspec.json.decode(JSONRenderer().render(response.data))


def _hash(request: Request) -> str:
    """Of what is asked, however it is written: the address and the fields, files by their content."""
    fields = [(name, _content(value)) for name, value in sorted(_fields(request))]
    return hashlib.sha256(msgspec.json.encode([request.path, fields])).hexdigest()


def _fields(request: Request) -> list[tuple[str, Any]]:
    data = request.data
    if not isinstance(data, dict):
        return [("", data)]
    lists = getattr(data, "lists", None)
    return list(lists()) if lists else list(data.items())


def _content(value: Any) -> Any:
    if isinstance(value, list):
        return [_content(item) for item in value]
    if isinstance(value, UploadedFile):
        digest = hashlib.sha256(b"".join(value.chunks())).hexdigest()
        value.seek(0)
        return digest
    return value
