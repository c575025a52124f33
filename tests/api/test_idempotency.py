"""A repeated request with the same Idempotency-Key is answered as the first time, and done once."""

import json
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile

from chat.models import ChatMessage
from core.idempotency import sweep
from core.models import IdempotentAnswer
from streams.models import Stream
from tests.streams.test_thumbnail import picture

pytestmark = pytest.mark.django_db(transaction=True)

CREATE = "/api/streams/create"
KEY = "key-of-the-first-request"
BODY = {"title": "Cello", "tags": ["music", "rain"]}


def create(client, key=KEY, url=CREATE, body=BODY, **extra):
    return client.post(url, body, format="json", headers={"Idempotency-Key": key}, **extra)


def test_a_repeat_has_the_first_answer_also_the_key_that_is_shown_once(api_of, alice):
    client = api_of(alice)
    first, again = create(client), create(client, body=dict(reversed(BODY.items())))

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert first.json()["stream_key"]
    assert "Idempotent-Replayed" not in first
    assert again["Idempotent-Replayed"] == "true"
    assert Stream.objects.count() == 1


def test_what_is_kept_is_readable_only_with_the_key(api_of, alice):
    stream_key = create(api_of(alice)).json()["stream_key"]
    (row,) = IdempotentAnswer.objects.values()
    kept = json.dumps(
        row, default=lambda value: bytes(value).decode() if isinstance(value, memoryview) else str(value)
    )
    assert stream_key not in kept
    assert "Cello" not in kept
    assert KEY not in kept


@pytest.mark.parametrize(
    ("url", "body"), [(CREATE, BODY | {"title": "Viola"}), ("/api/live/create", {"title": "Cello"})]
)
def test_another_request_under_the_same_key_is_refused(api_of, alice, url, body):
    client = api_of(alice)
    create(client)
    refused = create(client, url=url, body=body)
    assert (refused.status_code, refused.json()["code"]) == (409, "idempotency_key_reused")


def test_a_key_is_its_callers(api_of, alice, bob):
    assert create(api_of(alice)).json()["id"] != create(api_of(bob)).json()["id"]


def test_while_the_first_is_running_the_second_waits_and_later_takes_over(api_of, alice):
    client = api_of(alice)
    create(client)
    IdempotentAnswer.objects.update(answer=None)  # as if its process died before it could answer

    waiting = create(client)

    assert (waiting.status_code, waiting.json()["code"]) == (409, "idempotency_in_progress")
    assert waiting["Retry-After"] == "1"
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=3), tick=False):
        assert create(client).status_code == 201
    assert Stream.objects.count() == 2


def test_refusals_are_answers_too(api_of, alice):
    client = api_of(alice)
    refused = create(client, body={"title": ""})
    assert refused.status_code == 400
    assert create(client, body={"title": ""})["Idempotent-Replayed"] == "true"


def test_what_came_too_often_may_be_tried_again(api_of, bob, live_stream, monkeypatch):
    monkeypatch.setattr("chat.services.MESSAGES_PER_WINDOW", 0)
    url, body = f"/api/streams/{live_stream.pk}/message", {"client_id": "c1", "text": "hi"}
    client = api_of(bob)
    assert create(client, url=url, body=body).status_code == 429
    monkeypatch.setattr("chat.services.MESSAGES_PER_WINDOW", 5)
    assert create(client, url=url, body=body).status_code == 201
    assert create(client, url=url, body=body)["Idempotent-Replayed"] == "true"
    assert ChatMessage.objects.count() == 1


def test_a_failure_of_ours_may_be_tried_again(api_of, alice, monkeypatch):
    client = api_of(alice)
    client.raise_request_exception = False
    with monkeypatch.context() as broken:
        broken.setattr("streams.services.stream_key_ensure", None)
        assert create(client).status_code == 500
    assert create(client).status_code == 201


def test_an_upload_is_the_same_by_its_content(api_of, alice):
    client = api_of(alice)

    def upload(side):
        body = {"title": "Cello", "thumbnail": SimpleUploadedFile("a.png", picture((side, side)))}
        return client.post(CREATE, body, format="multipart", headers={"Idempotency-Key": KEY})

    assert upload(400).status_code == 201
    assert upload(400)["Idempotent-Replayed"] == "true"
    assert upload(500).json()["code"] == "idempotency_key_reused"


@pytest.mark.parametrize("key", ["", "a b", "x" * 256, "schlüssel"])
def test_odd_keys_are_refused(api_of, alice, key):
    refused = create(api_of(alice), key=key)
    assert (refused.status_code, list(refused.json()["details"])) == (400, ["Idempotency-Key"])


def test_keys_are_forgotten_after_a_day(api_of, alice):
    create(api_of(alice))
    sweep()
    assert IdempotentAnswer.objects.exists()
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=25)):
        sweep()
    assert not IdempotentAnswer.objects.exists()
