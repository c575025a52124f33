"""What a request to LiveKit's signalling asks for, read as LiveKit reads it.

Where two readers could differ, the request is refused instead: an unusual spelling, a parameter given twice, a body
where none belongs. So what is decided here is about what LiveKit will do.

Source: livekit-server 1.11, pkg/service/{auth,rtcservice,whipservice,utils}.go.
"""

import base64
import binascii
import gzip
import io
import re
import zlib
from dataclasses import dataclass
from enum import Enum
from urllib.parse import unquote_plus

from google.protobuf.message import DecodeError
from livekit.protocol.rtc import JoinRequest, WrappedJoinRequest

# As much as LiveKit takes: Go's http.DefaultMaxHeaderBytes.
MOST_JOIN_REQUEST_BYTES = 1 << 20

_URI = re.compile(
    r"(?P<path>/rtc(?:/v1)?(?:/validate)?|/whip/v1(?:/(?P<sid>\w{1,64}))?)(?:\?(?P<query>.*))?", re.A
)
# Separators other than "&" and broken escapes are what parsers disagree about.
_PAIR = re.compile(r"(\w{1,40})=((?:[\w.~*!'(),:@$/=+-]|%[0-9A-Fa-f]{2})*)", re.A)
_BEARER = re.compile(r"Bearer (\S+)", re.A)
_TOKEN = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+", re.A)
_SID = re.compile(r"\w{0,64}", re.A)


class Malformed(Exception):
    """Nothing that a client of LiveKit would send."""


class Kind(Enum):
    JOIN = "join"  # a new participant
    RESUME = "resume"  # one who is there, and whose connection broke
    PREFLIGHT = "preflight"  # a browser that asks whether it may ask


@dataclass(frozen=True)
class Handshake:
    """``dry`` asks what the answer would be; ``publishes`` sends pictures; ``sid`` is whose session is resumed."""

    kind: Kind
    token: str = ""
    sid: str = ""
    dry: bool = False
    publishes: bool = False


def handshake_read(*, method: str, uri: str, authorization: str = "") -> Handshake:
    """Raises: Malformed."""
    found = _URI.fullmatch(uri)
    if found is None:
        raise Malformed("path")
    if found["path"].startswith("/whip/"):
        return _whip(method, found["sid"] or "", found["query"], authorization)
    # With another method LiveKit would read parameters from the body first.
    if method != "GET":
        raise Malformed("method")
    parameters = _parameters(found["query"] or "")
    # It would make a second participant beside the one that the token is for.
    if "publish" in parameters:
        raise Malformed("publish")
    token = _token(authorization, parameters)
    resumes, sid = _resumes(parameters, needs_join_request="/v1" in found["path"])
    return Handshake(
        kind=Kind.RESUME if resumes else Kind.JOIN,
        token=token,
        sid=sid if resumes else "",
        dry=found["path"].endswith("/validate"),
    )


def _whip(method: str, sid: str, query: str | None, authorization: str) -> Handshake:
    if query is not None:
        raise Malformed("query")
    match method, bool(sid):
        case "OPTIONS", False:
            return Handshake(Kind.PREFLIGHT)
        case "POST", False:
            return Handshake(Kind.JOIN, token=_token(authorization, {}), publishes=True)
        case (("PATCH" | "DELETE"), True):
            return Handshake(Kind.RESUME, token=_token(authorization, {}), sid=sid, publishes=True)
    raise Malformed("method")


def _parameters(query: str) -> dict[str, str]:
    parameters: dict[str, str] = {}
    for pair in query.split("&") if query else []:
        found = _PAIR.fullmatch(pair)
        if found is None or found[1] in parameters:
            raise Malformed("parameters")
        try:
            parameters[found[1]] = unquote_plus(found[2], errors="strict")
        except UnicodeDecodeError:
            raise Malformed("parameters") from None
    return parameters


def _token(authorization: str, parameters: dict[str, str]) -> str:
    """The header's, else the parameter's; "" without one. Two different ones are one too many."""
    tokens = {parameters["access_token"]} if parameters.get("access_token") else set()
    if authorization:
        bearer = _BEARER.fullmatch(authorization)
        if bearer is None:
            raise Malformed("authorization")
        tokens.add(bearer[1])
    if len(tokens) > 1 or not all(map(_TOKEN.fullmatch, tokens)):
        raise Malformed("token")
    return next(iter(tokens), "")


def _resumes(parameters: dict[str, str], *, needs_join_request: bool) -> tuple[bool, str]:
    """Whether a session is resumed, and whose. A ``join_request`` makes LiveKit overlook the parameters beside it."""
    if wrapped := parameters.get("join_request"):
        if parameters.keys() & {"reconnect", "sid"}:
            raise Malformed("parameters")
        request = _join_request(wrapped)
        resumes, sid = request.reconnect, request.participant_sid
    elif needs_join_request:
        raise Malformed("join_request")
    else:
        reconnect = parameters.get("reconnect", "")
        if reconnect not in {"", "0", "false", "1", "true"}:
            raise Malformed("parameters")
        resumes, sid = reconnect in {"1", "true"}, parameters.get("sid", "")
    if not _SID.fullmatch(sid):
        raise Malformed("sid")
    return resumes, sid


def _join_request(text: str) -> JoinRequest:
    try:
        wrapped = WrappedJoinRequest.FromString(base64.b64decode(text, altchars=b"-_", validate=True))
        data = wrapped.join_request
        if wrapped.compression == WrappedJoinRequest.GZIP:
            if not data:  # Python unzips nothing to nothing; Go refuses
                raise Malformed("join_request")
            with gzip.GzipFile(fileobj=io.BytesIO(data)) as unzipped:
                data = unzipped.read(MOST_JOIN_REQUEST_BYTES + 1)
        elif wrapped.compression != WrappedJoinRequest.NONE:
            raise Malformed("join_request")
        if len(data) > MOST_JOIN_REQUEST_BYTES:
            raise Malformed("join_request")
        return JoinRequest.FromString(data)
    except (ValueError, binascii.Error, DecodeError, OSError, EOFError, zlib.error):
        raise Malformed("join_request") from None
