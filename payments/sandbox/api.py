"""The doors of Stripe's API that Busk uses, in front of one account of the sandbox."""

import hashlib
import hmac
import json
import re
from base64 import b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from payments.provider import API_VERSION
from payments.sandbox.account import Account
from payments.sandbox.cards import card_of
from payments.sandbox.store import Store, Thing
from payments.sandbox.wire import Refused, expanded, fields_of, only, text_of

PAGE, PAGE_MAX = 10, 100


@dataclass(frozen=True)
class Asked:
    """A request as it came. ``query`` is what stands behind the question mark."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: str


@dataclass(frozen=True)
class Answered:
    status: int
    body: Thing
    replayed: bool = False


# What a door gets: the account, the ids in its path, its parameters.
Door = Callable[["Api", list[str], Thing], Thing]


class Api:
    """Answers requests, one at a time. ``key`` is the secret one; with ``publishable_key`` one may only pay."""

    def __init__(self, account: Account, *, key: str, publishable_key: str) -> None:
        self.account, self.store = account, account.store
        self._key, self._publishable_key = key, publishable_key

    def answer(self, asked: Asked) -> Answered:
        """Never raises."""
        try:
            with self.store.lock:
                return self._answered(asked)
        except Refused as refusal:
            return Answered(refusal.status, refusal.body)

    def _answered(self, asked: Asked) -> Answered:
        is_public = self._let_in(asked)
        given = fields_of(asked.query if asked.method == "GET" else asked.body)
        door, ids = _door(asked.method, asked.path)
        if is_public:
            _public(self.store, door, ids, given)
        key = asked.headers.get("idempotency-key", "") if asked.method == "POST" else ""
        request = hashlib.sha256(f"{asked.method} {asked.path} {asked.body}".encode()).hexdigest()
        if key and (known := self.store.answers.get(key)):
            if known["request"] != request:
                raise Refused(
                    "Keys for idempotent requests can only be used with the same parameters they were first used with.",
                    kind="idempotency_error",
                )
            return Answered(known["status"], known["body"], replayed=True)
        body = shown(door(self, ids, given), self.store, given.get("expand") or [])
        if key:
            self.store.answers[key] = {"request": request, "status": 200, "body": body}
        self.store.keep()
        return Answered(200, body)

    def _let_in(self, asked: Asked) -> bool:
        """Whether the caller has the publishable key only. Raises: Refused."""
        given = asked.headers.get("authorization", "")
        scheme, _, shown_key = given.partition(" ")
        if scheme.lower() == "basic":
            shown_key = b64decode(shown_key).decode(errors="replace").partition(":")[0]
        is_public = hmac.compare_digest(shown_key.encode(), self._publishable_key.encode())
        if not is_public and not hmac.compare_digest(shown_key.encode(), self._key.encode()):
            raise Refused("Invalid API Key provided.", status=401)
        version = asked.headers.get("stripe-version", API_VERSION)
        if version != API_VERSION:
            raise Refused(f"The sandbox speaks {API_VERSION}, not {version}.")
        return is_public


def shown(thing: Thing, store: Store, wanted: list[str]) -> Thing:
    """As Stripe shows it: what only the sandbox knows is left out."""
    answer: Thing = _outwards(expanded(thing, wanted, store.objects.get))
    return answer


def _outwards(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _outwards(inner) for name, inner in value.items() if not name.startswith("_")}
    if isinstance(value, list):
        return [_outwards(inner) for inner in value]
    return value


def _find(kind: str, api: Api, wanted: str) -> Thing:
    found = api.store.get(kind, wanted)
    if found is None:
        raise Refused(f"No such {kind}: '{wanted}'", code="resource_missing", status=404, param="id")
    return found


def _list(kind: str, *filters: str) -> Door:
    def door(api: Api, ids: list[str], given: Thing) -> Thing:
        only(given, "limit", "starting_after", "created", *filters)
        found = api.store.all(kind, **{name: given[name] for name in filters if name in given})
        span = given.get("created") or {}
        after, before = int(span.get("gte", 0)), int(span.get("lt", 2**62))
        found = [thing for thing in found if after <= thing["created"] < before]
        if start := given.get("starting_after"):
            found = found[1 + next((n for n, thing in enumerate(found) if thing["id"] == start), -1) :]
        size = min(int(given.get("limit", PAGE)), PAGE_MAX)
        return {"object": "list", "url": "", "has_more": len(found) > size, "data": found[:size]}

    return door


def _get(kind: str) -> Door:
    return lambda api, ids, given: _find(kind, api, ids[0])


def _get_checkout(api: Api, ids: list[str], given: Thing) -> Thing:
    api.account.checkouts_expire()
    return _find("checkout.session", api, ids[0])


def _expire(api: Api, ids: list[str], given: Thing) -> Thing:
    return api.account.checkout_expire(_find("checkout.session", api, ids[0]))


def _cancel(api: Api, ids: list[str], given: Thing) -> Thing:
    only(given, "cancellation_reason")
    return api.account.intent_cancel(_find("payment_intent", api, ids[0]), given.get("cancellation_reason"))


def _confirm(api: Api, ids: list[str], given: Thing) -> Thing:
    only(given, "payment_method", "client_secret", "return_url")
    card = card_of(text_of(given, "payment_method"))
    if card is None:
        raise Refused("No such PaymentMethod.", code="resource_missing", status=404, param="payment_method")
    intent = api.account.intent_confirm(_find("payment_intent", api, ids[0]), card)
    if error := intent["last_payment_error"]:
        api.store.keep()
        more = {name: value for name, value in error.items() if name not in {"type", "code", "message"}}
        raise Refused(
            error["message"],
            code=error["code"],
            status=402,
            kind=error["type"],
            payment_intent=_outwards(intent),
            **more,
        )
    return intent


_DOORS: list[tuple[str, str, Door]] = [
    ("POST", "checkout/sessions", lambda api, ids, given: api.account.checkout_create(given)),
    ("GET", "checkout/sessions/{}", _get_checkout),
    ("POST", "checkout/sessions/{}/expire", _expire),
    ("POST", "payment_intents", lambda api, ids, given: api.account.intent_create(given)),
    ("GET", "payment_intents/{}", _get("payment_intent")),
    ("POST", "payment_intents/{}/cancel", _cancel),
    ("POST", "payment_intents/{}/confirm", _confirm),
    ("GET", "charges/{}", _get("charge")),
    ("POST", "refunds", lambda api, ids, given: api.account.refund_create(given)),
    ("GET", "refunds", _list("refund", "charge", "payment_intent")),
    ("GET", "refunds/{}", _get("refund")),
    ("GET", "disputes/{}", _get("dispute")),
    (
        "POST",
        "disputes/{}",
        lambda api, ids, given: api.account.dispute_answer(_find("dispute", api, ids[0]), given),
    ),
    ("GET", "radar/early_fraud_warnings", _list("radar.early_fraud_warning", "charge", "payment_intent")),
    ("GET", "radar/early_fraud_warnings/{}", _get("radar.early_fraud_warning")),
    ("GET", "balance_transactions", _list("balance_transaction")),
    ("GET", "balance_transactions/{}", _get("balance_transaction")),
]
_COMPILED = [
    (method, re.compile("/v1/" + path.replace("{}", r"(\w+)")), door) for method, path, door in _DOORS
]


def _door(method: str, path: str) -> tuple[Door, list[str]]:
    for known, pattern, door in _COMPILED:
        if known == method and (match := pattern.fullmatch(path)):
            return door, list(match.groups())
    raise Refused(f"Unrecognized request URL ({method}: {path}).", status=404)


def _public(store: Store, door: Door, ids: list[str], given: Thing) -> None:
    """An app pays the one payment whose secret it has. Raises: Refused."""
    intent = store.get("payment_intent", ids[0] if ids else "")
    secret = given.get("client_secret", "")
    if door is not _confirm or intent is None or not hmac.compare_digest(intent["client_secret"], secret):
        raise Refused("This API call cannot be made with a publishable API key.", status=403)


def as_json(body: Thing) -> bytes:
    return json.dumps(body).encode()
