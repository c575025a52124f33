"""Whatever goes wrong, the API answers ``{code, details}``."""

import pytest


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("method", "path", "body", "content_type", "status", "code"),
    [
        ("get", "/api/nowhere", None, None, 404, "not_found"),
        ("get", "/api/streams/0199fc4c-0000-7000-8000-000000000000", None, None, 404, "not_found"),
        ("delete", "/api/streams/live", None, None, 405, "method_not_allowed"),
        ("post", "/api/streams/create", b"{", "application/json", 401, "not_signed_in"),
    ],
)
def test_anonymous_mistakes(client, method, path, body, content_type, status, code):
    extra = {"data": body, "content_type": content_type} if body is not None else {}
    answer = getattr(client, method)(path, **extra)
    assert answer.status_code == status
    assert answer.json()["code"] == code
    assert isinstance(answer.json()["details"], dict)


def test_broken_json_is_malformed(api_of, alice):
    answer = api_of(alice).post("/api/streams/create", b"{", content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")


def test_another_content_type_is_unsupported(api_of, alice):
    answer = api_of(alice).post("/api/streams/create", b"<x/>", content_type="application/xml")
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


def test_a_wrong_field_is_named(api_of, alice):
    answer = api_of(alice).post("/api/streams/create", {"title": "x", "visibility": "secret"}, format="json")
    assert answer.status_code == 400
    assert answer.json()["code"] == "invalid_input"
    assert list(answer.json()["details"]) == ["visibility"]


def test_a_session_without_csrf_token_is_told_so(alice):
    from rest_framework.test import APIClient

    client = APIClient(enforce_csrf_checks=True)
    client.force_login(alice)
    answer = client.post("/api/streams/create", {"title": "x"}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (403, "csrf_failed")


def test_anonymous_gets_a_challenge(client, db):
    answer = client.post("/api/streams/create")
    assert answer["WWW-Authenticate"] == "Session"
