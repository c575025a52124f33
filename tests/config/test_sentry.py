"""What leaves for Sentry: the error, and nothing that opens a door."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import sentry_sdk
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import include, path
from sentry_sdk.envelope import Envelope
from sentry_sdk.transport import Transport

from config import sentry
from core import views


def fails(request: HttpRequest) -> HttpResponse:
    password = request.POST["password"]
    logging.getLogger("busk").warning("soon: pass=%s", request.GET["token"])
    raise RuntimeError(f"cannot: {request.headers} {len(password)}")


urlpatterns = [path("fails", fails), path("", include("config.urls"))]
handler500 = views.server_error


class Kept(Transport):
    """A transport that ends here."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[Any] = []

    def capture_envelope(self, envelope: Envelope) -> None:
        if (event := envelope.get_event()) is not None:
            self.events.append(event)


@pytest.fixture
def kept() -> Iterator[Kept]:
    transport = Kept()
    with override_settings(SENTRY_DSN="https://public@sentry.example/1"):
        sentry.start(transport=transport)
    yield transport
    sentry_sdk.get_client().close()
    sentry_sdk.get_global_scope().set_client(None)


@override_settings(ROOT_URLCONF=__name__)
def test_an_error_is_reported_without_what_the_request_carried(kept, bob):
    client = Client(raise_request_exception=False)
    client.force_login(bob)
    key = client.session.session_key
    headers = {"Authorization": "Bearer s3cretbearer", "X-Session-Token": "s3ssi0ntoken"}
    answer = client.post("/fails?token=s3cretquery", {"password": "wrong horse 77"}, headers=headers)
    assert answer.status_code == 500
    (event,) = kept.events
    assert event["exception"]["values"][-1]["type"] == "RuntimeError"
    assert set(event["request"]) <= {"method", "url"}
    assert event["tags"]["request_id"] == answer["X-Request-ID"]
    assert "user" not in event
    text = json.dumps(event, default=str)
    assert key
    for secret in (
        key,
        "s3cretbearer",
        "s3ssi0ntoken",
        "s3cretquery",
        "wrong horse 77",
        bob.email,
    ):
        assert secret not in text


def test_without_an_address_nothing_starts():
    with override_settings(SENTRY_DSN=""):
        sentry.start(transport=Kept())
    assert not sentry_sdk.get_client().is_active()
