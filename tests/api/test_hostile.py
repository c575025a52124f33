"""What somebody with bad intentions would try over REST, at every door at once."""

import base64
import json
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from chat.models import ChatMessage
from streams.models import Stream
from streams.services import stream_create, stream_update
from tests.api.operations import NOBODY, Operation, operations

pytestmark = pytest.mark.django_db

OPERATIONS = operations()
WRITES = [op for op in OPERATIONS if op.method != "get"]
WITH_BODY = [op for op in OPERATIONS if op.has_body]
OF_STREAMS = [op for op in OPERATIONS if "{stream_id}" in op.path]
LISTS = [op for op in OPERATIONS if "cursor" in op.query]

# Ends a comment and a text, opens a tag, turns the reading direction, hides, joins, and is half a pair.
NASTY = "*/--></script><img src=x onerror=alert(1)>{{7*7}}\u202egnp.exe\u2066\u200b\ufeff"


def ask(client: APIClient, operation: Operation, body: Any = None, query: str = "", **ids: object) -> Any:
    call = getattr(client, operation.method)
    url = operation.url(**ids) + query
    if operation.method == "get":
        return call(url)
    return call(url, json.dumps(body or {}), content_type="application/json")


def in_shape(answer: Any) -> bool:
    return set(answer.json()) == {"code", "details"}


def filled(operation: Operation, text: str) -> dict[str, Any]:
    """The text in every field that takes one, something fitting in the others."""
    return {name: _value(schema, text) for name, schema in operation.body.items()}


def _value(schema: dict[str, Any], text: str) -> Any:
    match schema:
        case {"type": "string", "format": "uuid"}:
            return NOBODY
        case {"type": "string", "format": "date-time"}:
            return "2030-01-01T00:00:00Z"
        case {"type": "string"}:
            return text
        case {"type": "array", "items": {"type": "string"}}:
            return [text]
        case {"type": "array"}:
            return [{"label": text, "url": text}]
        case {"type": "boolean"}:
            return True
        case {"type": "integer" | "number"}:
            return 1
    return text


# --- Other people's ids


@pytest.mark.parametrize("operation", OF_STREAMS, ids=str)
def test_a_hidden_stream_is_no_stream_at_any_door(api, api_of, alice, bob, operation):
    """The answer for what one may not know of is the answer for what is not there, byte for byte."""
    hidden, _ = stream_create(creator=alice, title="Secret", visibility="invited")
    body = (
        filled(operation, "x") | {"client_id": "c1"}
        if "client_id" in operation.body
        else filled(operation, "x")
    )
    query = "?after=0" if "after" in operation.query else ""
    for client in [api, api_of(bob)]:
        there = ask(client, operation, body, query, stream_id=hidden.pk)
        nowhere = ask(client, operation, body, query, stream_id=NOBODY)
        assert there.status_code in {400, 401, 404, 415}, there.content
        assert there.content == nowhere.content
    assert "Secret" not in there.content.decode()


@pytest.mark.parametrize("operation", [op for op in OF_STREAMS if op.method != "get"], ids=str)
def test_nobody_changes_somebody_elses_stream(api_of, bob, live_stream, operation):
    before = Stream.objects.values().get(pk=live_stream.pk)
    body = filled(operation, "Stolen") | {"client_id": "c1"} if "client_id" in operation.body else {}
    answer = ask(api_of(bob), operation, body, stream_id=live_stream.pk)
    allowed = {"join", "leave", "message", "confirm-age"}
    if operation.path.rpartition("/")[2] not in allowed:
        assert answer.status_code in {400, 403, 404, 415, 501}, answer.content  # 501: without payments
    assert Stream.objects.values().get(pk=live_stream.pk) == before


def test_a_goodbye_for_another_viewer_is_not_taken(api_of, alice, bob, live_stream):
    url = f"/api/streams/{live_stream.pk}"
    session = api_of(alice).post(f"{url}/join", {}, format="json").json()["session_id"]
    answer = api_of(bob).post(f"{url}/leave", {"session_id": session}, format="json")
    assert answer.status_code == 404


# --- Fields that are not the caller's to set

NOT_YOURS = {
    "id": NOBODY,
    "creator": NOBODY,
    "creator_id": NOBODY,
    "status": "live",
    "media_state": "flowing",
    "room_name": "mine",
    "stream_key": "mine",
    "viewers_current": 999,
    "viewers_peak": 999,
    "gifts_total_coins": 999,
    "started_at": "2020-01-01T00:00:00Z",
    "ended_at": "2020-01-01T00:00:00Z",
    "settled_at": "2020-01-01T00:00:00Z",
    "is_staff": True,
    "is_superuser": True,
    "approved_to_go_live": True,
    "email": "mine@example.com",
}


def test_a_stream_is_made_with_what_is_the_creators_to_say_only(api_of, alice, bob):
    body = NOT_YOURS | {"title": "Cello", "creator": str(bob.pk), "creator_id": str(bob.pk)}
    made = api_of(alice).post("/api/streams/create", body, format="json").json()
    stream = Stream.objects.get()
    assert (stream.creator, stream.status, stream.viewers_peak, stream.gifts_total_coins) == (
        alice,
        "scheduled",
        0,
        0,
    )
    assert stream.room_name != "mine" != made["stream_key"]
    assert (stream.started_at, stream.ended_at, stream.settled_at) == (None, None, None)


@pytest.mark.parametrize("operation", [op for op in OPERATIONS if op.method in {"patch", "put"}], ids=str)
def test_a_change_changes_what_is_the_callers_to_say_only(api_of, alice, live_stream, operation):
    kept = [
        "id",
        "creator_id",
        "status",
        "media_state",
        "room_name",
        "viewers_peak",
        "gifts_total_coins",
        "started_at",
    ]
    before = Stream.objects.values(*kept).get()
    ask(api_of(alice), operation, NOT_YOURS | {"title": "New"}, stream_id=live_stream.pk)
    assert Stream.objects.values(*kept).get() == before
    user = User.objects.get(pk=alice.pk)
    assert (user.is_staff, user.is_superuser, user.approved_to_go_live) == (False, False, False)
    assert user.email == "alice@example.com"


# --- Cross-site requests


@pytest.mark.parametrize("operation", WRITES, ids=str)
def test_a_session_cookie_alone_changes_nothing(alice, live_stream, operation):
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(alice)
    answer = ask(client, operation, stream_id=live_stream.pk, user_id=alice.pk)
    assert (answer.status_code, answer.json()["code"]) == (403, "csrf_failed")


# --- Texts


@pytest.mark.parametrize("operation", WITH_BODY, ids=str)
def test_markup_and_direction_marks_in_every_field(api_of, alice, live_stream, operation):
    body = filled(operation, NASTY) | ({"client_id": "c1"} if "client_id" in operation.body else {})
    body |= {"visibility": "public"} if "visibility" in operation.body else {}
    body |= {"tags": []} if "tags" in operation.body else {}
    answer = ask(api_of(alice), operation, body, stream_id=live_stream.pk, user_id=alice.pk)
    assert answer.status_code < 500
    assert answer["Content-Type"] == "application/json"
    assert answer["X-Content-Type-Options"] == "nosniff"
    if answer.status_code < 300:
        assert not set("\u202e\u2066") & set(answer.content.decode())


def test_what_is_kept_shows_as_text_on_pages(client, alice, live_stream):
    stream_update(stream_id=live_stream.pk, title=NASTY[:100], description=NASTY)
    alice.display_name = NASTY[:50]
    alice.save(update_fields=["display_name"])
    for url in [f"/stream/{live_stream.pk}", "/live/alice", "/live", "/search?q=exe"]:
        page = client.get(url)
        assert page.status_code == 200
        assert b"<img src=x" not in page.content, url
        assert b"--></script><" not in page.content, url


@pytest.mark.parametrize("text", ["\x00", "a\x00b", "\ud800", "\udfff!"])
@pytest.mark.parametrize("operation", WITH_BODY, ids=str)
def test_what_is_no_text_is_refused(api_of, alice, live_stream, operation, text):
    answer = ask(api_of(alice), operation, filled(operation, text), stream_id=live_stream.pk)
    assert answer.status_code < 500, answer.content
    assert not ChatMessage.objects.exists()


@pytest.mark.parametrize("operation", [op for op in OPERATIONS if op.query], ids=str)
@pytest.mark.parametrize("value", ["%00", "%ff", "%ed%a0%80", "9" * 400, "-1", "1e400", "[]", "%E2%80%AE"])
def test_nonsense_in_every_query(api_of, alice, live_stream, operation, value):
    for name in operation.query:
        answer = ask(
            api_of(alice), operation, query=f"?{name}={value}", stream_id=live_stream.pk, user_id=alice.pk
        )
        assert answer.status_code < 500, f"{name}={value}"
        assert answer.status_code < 400 or in_shape(answer)


# --- Sizes


@pytest.mark.parametrize("kibibytes", [200, 1024])
@pytest.mark.parametrize("operation", WITH_BODY, ids=str)
def test_a_megabyte_of_json_is_refused_in_the_one_shape(api_of, alice, live_stream, operation, kibibytes):
    body = filled(operation, "x") | {"more": "x" * 1024 * kibibytes}
    answer = ask(api_of(alice), operation, body, stream_id=live_stream.pk, user_id=alice.pk)
    refused = (
        {(413, "too_large")} if operation.body else {(413, "too_large"), (415, "unsupported_media_type")}
    )
    assert (answer.status_code, answer.json()["code"]) in refused
    assert in_shape(answer)


@pytest.mark.parametrize(
    "body",
    [
        "[" * 50_000,
        '{"a":' * 20_000,
        '{"title": NaN}',
        '{"title": 1' + "0" * 5000 + "}",
        '{"title": "\\ud800"}',
        "null",
        "[]",
        '"text"',
        "\ufeff{}",
        '{"title": "a", "title": ["b"]}',
    ],
)
def test_odd_json_is_refused_in_the_one_shape(api_of, alice, body):
    answer = api_of(alice).post("/api/streams/create", body, content_type="application/json")
    assert answer.status_code == 400
    assert in_shape(answer)
    assert not Stream.objects.exists()


@pytest.mark.parametrize(
    "content_type", ["application/json; charset=utf-32", "application/json; charset=x", "text/xml", ""]
)
def test_odd_content_types(api_of, alice, content_type):
    answer = api_of(alice).generic(
        "POST", "/api/streams/create", b'{"title": "a"}', content_type=content_type
    )
    assert answer.status_code in {201, 400, 415}


def test_a_form_of_a_thousand_fields(api_of, alice):
    body = {f"f{number}": "x" for number in range(2000)}
    answer = api_of(alice).post("/api/streams/create", body, format="multipart")
    assert answer.status_code == 400
    assert in_shape(answer)


@pytest.mark.parametrize("number", [10**30, -(10**30), 2**63, 2**31, 1e308, 0.5, True])
def test_huge_numbers(api_of, alice, live_stream, number):
    client = api_of(alice)
    for operation in WITH_BODY:
        body = {
            name: number if schema.get("type") in {"integer", "number"} else _value(schema, "x")
            for name, schema in operation.body.items()
        }
        assert ask(client, operation, body, stream_id=live_stream.pk).status_code < 500, operation


# --- Cursors


@pytest.mark.parametrize("operation", LISTS, ids=str)
@pytest.mark.parametrize(
    "position",
    [
        "null",
        "{}",
        "[]",
        '[">"]',
        '["x", 1, 1]',
        '[">", null, null]',
        '[">", "a\\u0000b", "a"]',
        '[">", 1e400, 1]',
        '[">", [[[]]], {}]',
        '[">", 99999999999999999999999999, "' + NOBODY + '", 1]',
        '["<", -1]',
        '["<", "2020-01-01T00:00:00"]',
        "[" * 300,
    ],
)
def test_made_up_cursors(api_of, alice, live_stream, operation, position):
    cursor = base64.urlsafe_b64encode(position.encode()).decode().rstrip("=")
    query = f"?cursor={cursor}" + ("&q=a" if "q" in operation.query else "")
    answer = ask(api_of(alice), operation, query=query, stream_id=live_stream.pk, user_id=alice.pk)
    assert answer.status_code in {200, 400}
    assert answer.status_code == 200 or list(answer.json()["details"]) == ["cursor"]
