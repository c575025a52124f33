"""What log lines carry, and what they must never carry.

Code logs through the standard library. Here its records, and those of every library, become lines of one shape: JSON
for machines, or a plain line for people.
"""

import json
import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from contextvars import ContextVar
from typing import Any

import structlog

LOG_FORMATS = ("json", "line")

# The request, connection or task that is being served here; "-" for none.
request_id: ContextVar[str] = ContextVar("request_id", default="-")

# Names of what is secret, as headers, cookies, form fields, JSON keys and parameters.
_NAMES = (  # as in text, with hyphens
    r"authorization|proxy-authorization|cookie|set-cookie|x-session-token|x-csrftoken|idempotency-key"
    r"|x-original-uri|x-door-token"
    r"|session_?(?:id|key|token)|csrf_?token|csrfmiddlewaretoken|busk_viewer|access_token|refresh_token|client_secret"
    r"|(?:old|new|current|email_host_)?password[12]?|totp_?(?:code|secret)?|recovery_codes?|stream_?key|streamkey"
    r"|secret_key|api_key|api_secret|pass|ticket|token|invitation"
)
# A header's value goes to the end of its line or string; other values end where their notation says.
_HEADER = (
    r"(?:authorization|proxy-authorization|cookie|set-cookie|x-session-token|x-csrftoken"
    r"|x-original-uri|x-door-token)"
)
# WSGI writes them with underscores.
_ANY_NAME, _ANY_HEADER = _NAMES.replace("-", "[_-]"), _HEADER.replace("-", "[_-]")
_QUOTED = r"""(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"""
_PATTERNS = [
    # Passes and keys in paths: playlists and segments, links of mails, invitations.
    (re.compile(r"(?P<keep>/(?:hls|seg)/[0-9a-f-]{36}/)[^\s/&\"'?]+", re.I), r"\g<keep>***"),
    (
        re.compile(
            r"(?P<keep>/(?:accounts/confirm-email|password/reset/key|account/notices/by-mail)/|/invite[/#])[^\s/&\"'?]{6,}",
            re.I,
        ),
        r"\g<keep>***",
    ),
    # Whatever an encoder took for its key; LiveKit's own door has none in its path.
    (re.compile(r"(?P<keep>/whip/(?!v1(?:[/?\s\"']|$)))[^\s/&\"'?]+", re.I), r"\g<keep>***"),
    # {"password": "x"}, {'HTTP_COOKIE': 'x'}, also inside another string, where quotes are escaped.
    (
        re.compile(
            rf"(?P<keep>\\?[\"'](?:http[_-])?(?:{_ANY_NAME})\\?[\"']\s*[:,]\s*b?)"
            rf"(?:{_QUOTED}|\\(?P<q>[\"']).*?\\(?P=q)|\[[^\]]*\]|[0-9]+)",
            re.I,
        ),
        r'\g<keep>"***"',
    ),
    # Authorization: Bearer x; Cookie: a=b; c=d
    (
        re.compile(rf"(?P<keep>\b(?:http[_-])?{_ANY_HEADER}\s*[:=]\s*)[^\r\n\"']+", re.I),
        r"\g<keep>***",
    ),
    # ?pass=x&token=y, sessionid=x; password=x
    (re.compile(rf"(?P<keep>(?<![\w-])(?:{_NAMES})=)[^\s&;,\"')]+", re.I), r"\g<keep>***"),
    (re.compile(r"(?P<keep>\bbearer\s+)[\w.~+/=-]{8,}", re.I), r"\g<keep>***"),
    # A part of a multipart body, as it is or as Python shows bytes.
    (
        re.compile(
            rf"(?P<keep>\bname=\\?[\"'](?:{_NAMES}|code)\\?[\"'](?:\\[rn]|[\r\n])+)[^\\\r\n]+",
            re.I,
        ),
        r"\g<keep>***",
    ),
    # A code of an authenticator app; other codes are the names of errors.
    (re.compile(r"(?P<keep>\bcode\\?[\"']?\s*[:=]\s*\\?[\"']?)\d{6,8}\b", re.I), r"\g<keep>***"),
    # Whatever its place: stream keys, and the passwords of databases in URLs.
    (re.compile(r"live_[\w-]{20,}"), "live_***"),
    # Stripe's keys, and what lets its holder pay.
    (re.compile(r"(?P<keep>\b(?:sk|rk)_(?:live|test)_|\bwhsec_|_secret_)\w{8,}"), r"\g<keep>***"),
    (re.compile(r"(?P<keep>\b[a-z][a-z0-9+.-]*://[^\s:/@]*:)[^\s/@]+(?=@)", re.I), r"\g<keep>***"),
]
_SECRET_KEY = re.compile(rf"(?:http[_-])?(?:{_ANY_NAME})", re.I)
# What none of the patterns can match in; most lines are of this kind, and pass at the cost of one search.
_SUSPICIOUS = re.compile(
    r"/hls/|/seg/|/whip/|/invite|confirm-email|reset/key|by-mail|live_|[sr]k_test_|whsec_|_secret_|bearer|code|://"
    rf"|{_ANY_NAME}",
    re.I,
)


def without_secrets(text: str) -> str:
    """The text with every secret that can be told by its place or its shape blanked."""
    if not _SUSPICIOUS.search(text):
        return text
    for pattern, kept in _PATTERNS:
        text = pattern.sub(kept, text)
    return text


def data_without_secrets(value: Any) -> Any:
    """The same for what is in mappings and lists, where also the name of a key tells."""
    if isinstance(value, str):
        return without_secrets(value)
    if isinstance(value, Mapping):
        return {
            without_secrets(str(key)): "***"
            if _SECRET_KEY.fullmatch(str(key)) and isinstance(inner, str | bytes | int | list)
            else data_without_secrets(inner)
            for key, inner in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [data_without_secrets(inner) for inner in value]
    return value


class SecretsFilter(logging.Filter):
    """Blanks secrets in the message, its arguments included, and in the traceback."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        cleaned = without_secrets(message)
        if cleaned != message:
            record.msg, record.args = cleaned, None
        if record.exc_info and record.exc_info[0] is not None and not record.exc_text:
            # Formatters take this text as it is; without local variables, which would be whole requests.
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = without_secrets(record.exc_text)
        return True


class RequestIdFilter(logging.Filter):
    """Gives each line the id of the request, connection or task it belongs to."""

    def filter(self, record: logging.LogRecord) -> bool:
        current = request_id.get()
        if current == "-":
            # Django logs refused requests after they have left our middleware.
            current = getattr(getattr(record, "request", None), "request_id", "-")
        record.request_id = current
        return True


class Lines(structlog.stdlib.ProcessorFormatter):
    """The formatter of settings: ``format`` is ``json`` or ``line``."""

    def __init__(self, format: str) -> None:
        shared: list[Any] = [
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
            _add_record,
        ]
        render = _as_json if format == "json" else _as_line
        super().__init__(
            foreign_pre_chain=shared,
            processors=[self.remove_processors_meta, _blank, render],
        )


def _add_record(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    record: logging.LogRecord = event["_record"]
    event["request_id"] = getattr(record, "request_id", request_id.get())
    exc_info = event.pop("exc_info", None)
    if exc_info is True:
        exc_info = sys.exc_info()
    if record.exc_text:
        event["exception"] = record.exc_text
    elif exc_info and exc_info[0] is not None:
        event["exception"] = logging.Formatter().formatException(exc_info)
    if stack := event.pop("stack_info", None):
        event["stack"] = stack
    return event


def _blank(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> dict[str, Any]:
    cleaned: dict[str, Any] = data_without_secrets(event)
    return cleaned


def _as_json(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> str:
    return json.dumps(event, default=lambda value: without_secrets(repr(value)), ensure_ascii=False)


def _as_line(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> str:
    event = dict(event)
    parts = [event.pop(name, "") for name in ("at", "level", "logger", "request_id", "event")]
    at, level, logger, request, message = (str(part) for part in parts)
    tail = [event.pop(name) for name in ("exception", "stack") if name in event]
    more = "".join(f" {name}={value!r}" for name, value in event.items())
    return "\n".join([f"{at[:23]} {level.upper()} {logger} [{request}] {message}{more}", *tail])
