"""Requests and answers as Stripe writes them: nested form fields, errors, expanded objects.

Source: https://docs.stripe.com/api/errors and https://docs.stripe.com/api/expanding_objects
"""

import copy
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from payments.sandbox.store import Thing

_PART = re.compile(r"\[([^\[\]]*)\]")


class Refused(Exception):
    """An error of Stripe's API."""

    def __init__(
        self,
        message: str,
        *,
        code: str = "",
        status: int = 400,
        kind: str = "invalid_request_error",
        **more: Any,
    ) -> None:
        super().__init__(message)
        error = {"type": kind, "message": message, **more} | ({"code": code} if code else {})
        self.status, self.body = status, {"error": error}


def fields_of(text: str) -> Thing:
    """``a[b][0][c]=1`` as ``{"a": {"b": [{"c": "1"}]}}``; every value is text."""
    found: Thing = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        head, parts = name.split("[", 1)[0], _PART.findall(name)
        place = found
        for step, following in zip([head, *parts], [*parts, None], strict=True):
            if following is None:
                place[step] = value
            else:
                place = place.setdefault(step, {})
    return {name: _lists(value) for name, value in found.items()}


def _lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {name: _lists(item) for name, item in value.items()}
    if inner and all(name.isdecimal() or name == "" for name in inner):
        return [inner[name] for name in sorted(inner, key=lambda name: int(name or 0))]
    return inner


def only(given: Mapping[str, Any], *known: str) -> None:
    """Raises: Refused for a parameter that this door does not know."""
    for name in given:
        if name not in known and name != "expand":
            raise Refused(f"Received unknown parameter: {name}", code="parameter_unknown", param=name)


def whole(given: Mapping[str, Any], name: str) -> int:
    """Raises: Refused for what is no whole number."""
    text = str(given.get(name, ""))
    if not re.fullmatch(r"-?\d{1,12}", text):
        code = "parameter_missing" if text == "" else "parameter_invalid_integer"
        raise Refused(f"Invalid integer: {text}", code=code, param=name)
    return int(text)


def text_of(given: Mapping[str, Any], name: str) -> str:
    """Raises: Refused when it is missing."""
    value = given.get(name)
    if not isinstance(value, str) or not value:
        raise Refused(f"Missing required param: {name}.", code="parameter_missing", param=name)
    return value


def expanded(thing: Thing, wanted: list[str], find: Callable[[str], Thing | None]) -> Thing:
    """A copy in which the named ids are the objects themselves; ``data.x`` for each of a list."""
    answer = copy.deepcopy(thing)
    for path in wanted:
        _expand(answer, path.split("."), find)
    return answer


def _expand(thing: Any, path: list[str], find: Callable[[str], Thing | None]) -> None:
    if isinstance(thing, list):
        for item in thing:
            _expand(item, path, find)
        return
    if not isinstance(thing, dict) or not path:
        return
    name, rest = path[0], path[1:]
    value = thing.get(name)
    if isinstance(value, str):
        thing[name] = value = copy.deepcopy(find(value)) or value
    _expand(value, rest, find)
