"""Reading bodies, none of which may be large or hold what no text is."""

import json
from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from rest_framework import parsers
from rest_framework.exceptions import ParseError

from core.errors import DomainError


class TooLarge(DomainError):
    """``details.limit_bytes`` is the most that this door takes."""

    code = "too_large"
    http_status = 413


class JSONParser(parsers.JSONParser):
    """JSON of at most ``settings.API_BODY_MAX_BYTES``."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        limit = settings.API_BODY_MAX_BYTES
        content: bytes = stream.read(limit + 1)
        if len(content) > limit:
            raise TooLarge(limit_bytes=limit)
        try:
            text = content.decode()
            data = json.loads(text, parse_constant=_refuse)
            if "\\u" in text:
                json.dumps(data, ensure_ascii=False).encode()  # half a surrogate pair is no text
        except RecursionError:
            raise ParseError("JSON parse error - nested too deeply")
        except ValueError as error:
            raise ParseError(
                f"JSON parse error - {type(error).__name__}" if _is_unicode(error) else str(error)
            )
        return data


class MultiPartParser(parsers.MultiPartParser):
    """A form with a picture in it."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        limit = settings.THUMBNAIL_MAX_BYTES + settings.API_BODY_MAX_BYTES
        request = (parser_context or {})["request"]
        if int(request.META.get("CONTENT_LENGTH") or 0) > limit:
            raise TooLarge(limit_bytes=limit)
        return super().parse(stream, media_type, parser_context)


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def _is_unicode(error: ValueError) -> bool:
    return isinstance(error, UnicodeError)
