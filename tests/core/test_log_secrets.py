"""A run through every door with secrets in hand, and one look at all that was logged."""

import json
import logging

import pytest
from asgiref.testing import ApplicationCommunicator
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import include, path
from rest_framework.test import APIClient

from config.asgi import application
from config.embedded.servers import _log_access
from core import views
from realtime.calls import call
from streams.keys import stream_key_reset
from tests.log_secrets import LogReader

PASSWORD, CODE, INVITATION, TOKEN = "wrong horse 77", "918273", "Inv1tationT0kenX", "s3ssi0nt0ken4apps"


def fails(request: HttpRequest) -> HttpResponse:
    raise RuntimeError(f"cannot handle {request.headers} with {request.body!r} at {request.get_full_path()}")


urlpatterns = [path("fails", fails), path("", include("config.urls"))]
handler500 = views.server_error


class Lines(LogReader):
    """Keeps every line, from the most talkative level on."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.written.append(self.format(record))


@pytest.fixture
def lines():
    reader, root = Lines(), logging.getLogger()
    level = root.level
    root.addHandler(reader)
    root.setLevel(logging.DEBUG)
    yield reader.written
    root.setLevel(level)
    root.removeHandler(reader)


@pytest.mark.django_db(transaction=True)
@override_settings(ROOT_URLCONF=__name__)
async def test_no_line_of_a_whole_run_shows_a_secret(alice, bob, live_stream, lines):
    def by_http() -> list[str]:
        key = stream_key_reset(creator=alice)[1]
        page = Client(raise_request_exception=False)
        page.force_login(bob)
        session_key = page.session.session_key
        page.get("/accounts/login/")
        csrf = "c" * 16 + "D" * 16
        page.cookies["csrftoken"] = csrf
        secrets = {"password": PASSWORD, "code": CODE, "stream_key": key, "token": INVITATION}
        headers = {"X-CSRFToken": csrf, "X-Session-Token": TOKEN, "Authorization": f"Bearer {TOKEN}"}
        page.post("/fails?token=" + INVITATION, secrets, "application/json", headers=headers)
        page.post("/fails", secrets, headers=headers)
        page.post("/accounts/login/", {"login": "bob", "password": PASSWORD}, headers=headers)
        page.post("/accounts/2fa/authenticate/", {"code": CODE})
        page.get(f"/accounts/password/reset/key/1-{INVITATION}/")
        page.get(f"/accounts/confirm-email/{INVITATION}/")
        api = APIClient(raise_request_exception=False)
        api.force_login(bob)
        joined = api.post(f"/api/streams/{live_stream.pk}/join").json()
        join_pass = joined["ws_url"].partition("pass=")[2]
        for method, address in (
            ("post", "/api/streams/create"),
            ("get", f"/api/nothing?pass={join_pass}"),
        ):
            getattr(api, method)(address, secrets, format="json", headers=headers)
        return [key, session_key, csrf, join_pass]

    issued = await call(by_http)
    for stream_id in (live_stream.pk, bob.pk):
        address = f"/ws/streams/{stream_id}/"
        scope = {
            "type": "websocket",
            "path": address,
            "query_string": f"pass={issued[-1]}".encode(),
            "headers": [(b"host", b"testserver"), (b"cookie", f"sessionid={issued[1]}".encode())],
            "subprotocols": [],
        }
        _log_access(
            "websocket", "connecting", {"path": f"{address}?pass={issued[-1]}", "client": "1.2.3.4:5"}
        )
        logging.getLogger("uvicorn.error").info(
            '%s - "WebSocket %s" [accepted]', "1.2.3.4", f"{address}?pass={issued[-1]}"
        )
        socket = ApplicationCommunicator(application, scope)
        await socket.send_input({"type": "websocket.connect"})
        await socket.receive_output(5)
        text = json.dumps({"type": "chat:send", "client_id": "x", "password": PASSWORD})
        await socket.send_input({"type": "websocket.receive", "text": text})
        await socket.send_input({"type": "websocket.disconnect", "code": 1000})
        await socket.wait(5)

    assert len([line for line in lines if "RuntimeError" in line]) >= 2, (
        "errors are logged with their tracebacks"
    )
    assert any("websocket connecting" in line for line in lines)
    for secret in [*issued, PASSWORD, PASSWORD.replace(" ", "+"), CODE, INVITATION, TOKEN]:
        assert [line for line in lines if secret in line] == []


def test_the_reader_of_the_suite_finds_what_it_looks_for(log_reader, bob, browser_of):
    key = browser_of(bob).session.session_key
    assert log_reader.secrets_in(f"session {key}") == ["a session key"]
    assert log_reader.secrets_in("tried correct horse") == ["the password 'correct horse'"]
    assert log_reader.secrets_in("key live_" + "a" * 24) == ["a stream key"]
    assert log_reader.secrets_in("f" * 32) == []
