"""What a log line looks like, and what never stands in one."""

import json
import logging

import pytest

from core.logs import Lines, RequestIdFilter, SecretsFilter, request_id, without_secrets

STREAM = "0192d3a0-0000-7000-8000-000000000000"


def line_of(message: str, *args: object, format: str = "json", error: Exception | None = None) -> str:
    exc_info = (type(error), error, error.__traceback__) if error else None
    record = logging.LogRecord("busk.x", logging.INFO, "", 0, message, args, exc_info)
    assert SecretsFilter().filter(record)
    assert RequestIdFilter().filter(record)
    return Lines(format=format).format(record)


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        (f"GET /ws/streams/{STREAM}/?pass=abc.def HTTP/1.1", f"GET /ws/streams/{STREAM}/?pass=*** HTTP/1.1"),
        (f"/hls/{STREAM}/secret/master.m3u8", f"/hls/{STREAM}/***/master.m3u8"),
        (f"/seg/{STREAM}/key/1/source/0.m4s", f"/seg/{STREAM}/***/1/source/0.m4s"),
        ("/ws/me/?ticket=abc&x=1", "/ws/me/?ticket=***&x=1"),
        ("/accounts/confirm-email/MTI:1abc:sig/", "/accounts/confirm-email/***/"),
        ("/accounts/password/reset/key/3-abc-def/", "/accounts/password/reset/key/***/"),
        ("https://busk.example/invite#s3cr3ttoken", "https://busk.example/invite#***"),
        ('{"password": "a \\" b", "login": "bob"}', '{"password": "***", "login": "bob"}'),
        ("{'HTTP_COOKIE': 'sessionid=a; csrftoken=b'}", "{'HTTP_COOKIE': \"***\"}"),
        ("[(b'x-session-token', b'abc')]", "[(b'x-session-token', b\"***\")]"),
        ('"{\\"stream_key\\": \\"abc\\"}"', '"{\\"stream_key\\": "***"}"'),
        ("Authorization: Bearer abc.def", "Authorization: ***"),
        ("Cookie: sessionid=a; csrftoken=b", "Cookie: ***"),
        ("X-CSRFToken: abc", "X-CSRFToken: ***"),
        ("sessionid=a; csrftoken=b", "sessionid=***; csrftoken=***"),
        ("login=bob&password=correct+horse", "login=bob&password=***"),
        ("{'code': '123456'}", "{'code': '***'}"),
        ("code=123456&next=/", "code=***&next=/"),
        ("key live_abcdefghijklmnopqrstuvwxyz1 used", "key live_*** used"),
        ("postgresql://busk:pw@db/busk", "postgresql://busk:***@db/busk"),
        # These are no secrets.
        ("/live?page=2&cursor=abc", "/live?page=2&cursor=abc"),
        ('{"code": "not_found"}', '{"code": "not_found"}'),
        ("GET /api/streams/x/token 200", "GET /api/streams/x/token 200"),
        ("http://localhost:8000/live", "http://localhost:8000/live"),
    ],
)
def test_secrets_are_blanked_and_nothing_else(line, kept):
    assert without_secrets(line) == kept


def test_the_filter_also_sees_arguments():
    record = logging.LogRecord("x", logging.INFO, "", 0, "GET %s", ("/ws/?pass=secret",), None)
    SecretsFilter().filter(record)
    assert record.getMessage() == "GET /ws/?pass=***"


def test_a_json_line_says_when_how_bad_where_and_for_whom():
    token = request_id.set("abc")
    try:
        line = json.loads(line_of("%s came", "bob"))
    finally:
        request_id.reset(token)
    assert line.pop("at").endswith("Z")
    assert line == {"event": "bob came", "level": "info", "logger": "busk.x", "request_id": "abc"}


@pytest.mark.parametrize("format", ["json", "line"])
def test_a_traceback_is_told_without_its_secrets(format):
    try:
        raise ValueError("refused: Authorization: Bearer abcdefgh1234")
    except ValueError as error:
        line = line_of("failed", format=format, error=error)
    assert "Traceback" in line
    assert "Authorization: ***" in line
    assert "abcdefgh1234" not in line
    assert (line.count("\n") == 0) == (format == "json")


def test_a_line_for_people_starts_with_time_and_level():
    assert " INFO busk.x [-] hello" in line_of("hello", format="line")
