"""Twirp over HTTP: routing, bodies, and errors in its shape. Source: https://twitchtv.github.io/twirp/docs/spec_v7.html"""

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from google.protobuf.json_format import MessageToJson, Parse, ParseError
from google.protobuf.message import DecodeError, Message

from tests.livekit.stub.grants import CLAIMS, Claims

STATUS = {
    "bad_route": 404,
    "deadline_exceeded": 408,
    "failed_precondition": 412,
    "internal": 500,
    "invalid_argument": 400,
    "malformed": 400,
    "not_found": 404,
    "permission_denied": 403,
    "resource_exhausted": 429,
    "unauthenticated": 401,
    "unavailable": 503,
    "unimplemented": 501,
}


class TwirpError(Exception):
    """What a method answers instead."""

    def __init__(self, code: str, message: str, *, meta: dict[str, str] | None = None) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.meta = code, message, meta


def from_behind(code: str, message: str) -> TwirpError:
    """An error of the machinery behind the API, which repeats that Twirp does not know it."""
    return TwirpError(code, f"twirp error unknown: {message}")


def no_response() -> TwirpError:
    """Nobody there who could do it; the real one says so after three seconds, or twenty-four."""
    return from_behind("unavailable", "no response from servers")


@dataclass(frozen=True)
class Call:
    """One request that was understood."""

    service: str
    method: str
    request: Any
    claims: Claims | None


Method = Callable[[Any, Claims | None], Message | Awaitable[Message]]


@dataclass(frozen=True)
class Route:
    request: type[Message]
    answer: Method


def error_response(error: TwirpError) -> web.Response:
    body: dict[str, Any] = {"code": error.code, "msg": error.message}
    if error.meta:
        body["meta"] = error.meta
    return web.json_response(body, status=STATUS[error.code])


def bad_route(request: web.Request, message: str) -> web.Response:
    meta = {"twirp_invalid_route": f"{request.method} {request.path}"}
    return error_response(TwirpError("bad_route", message, meta=meta))


async def handle(request: web.Request, route: Route | None, before: Callable[[Call], None]) -> web.Response:
    """``before`` hears of the call, and may raise in its place."""
    if request.method != "POST":
        return bad_route(request, f'unsupported method "{request.method}" (only POST is allowed)')
    if route is None:
        return bad_route(request, f'no handler for path "{request.path}"')
    message = route.request()
    body = await request.read()
    as_json = request.content_type == "application/json"
    try:
        if as_json:
            Parse(body, message, ignore_unknown_fields=True)
        elif request.content_type == "application/protobuf":
            message.ParseFromString(body)
        else:
            return bad_route(request, f'unexpected Content-Type: "{request.content_type}"')
    except (ParseError, DecodeError, UnicodeDecodeError):
        kind = "json" if as_json else "protobuf"
        return error_response(TwirpError("malformed", f"the {kind} request could not be decoded"))
    service, method = request.match_info["service"], request.match_info["method"]
    claims = request.get(CLAIMS)
    try:
        before(Call(service, method, message, claims))
        answered = route.answer(message, claims)
        answer = await answered if inspect.isawaitable(answered) else answered
    except TwirpError as error:
        return error_response(error)
    if as_json:
        text = MessageToJson(
            answer, preserving_proto_field_name=True, always_print_fields_with_no_presence=True, indent=None
        )
        return web.Response(text=text, content_type="application/json")
    return web.Response(body=answer.SerializeToString(), content_type="application/protobuf")
