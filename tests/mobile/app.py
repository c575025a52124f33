"""Clients of the API: a phone, which keeps a session token, and a browser, which keeps cookies."""

import base64
import hmac
import json
import struct
import time
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPResponse
from http.cookies import SimpleCookie
from typing import Any, ClassVar

from tests.realtime.running import Page, page

PERIOD_SECONDS = 30


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: Any


@dataclass
class App:
    """One installation of the app, on one server."""

    port: int
    name: str = "Phone"
    token: str | None = None
    kind: ClassVar[str] = "app"

    def credentials(self) -> dict[str, str]:
        """The headers that say who it is."""
        return {"X-Session-Token": self.token} if self.token else {}

    def keep(self, response: HTTPResponse, body: Any) -> None:
        """A new token may come with any answer."""
        if isinstance(body, dict):
            self.token = (body.get("meta") or {}).get("session_token", self.token)

    def call(self, method: str, path: str, body: Any = None) -> Answer:
        """Any route. A body that is text goes as a form, anything else as JSON."""
        kind = "application/x-www-form-urlencoded" if isinstance(body, str) else "application/json"
        content = body if isinstance(body, str) or body is None else json.dumps(body)
        headers = {"Content-Type": kind, "User-Agent": self.name} | self.credentials()
        http = HTTPConnection("127.0.0.1", self.port, timeout=30)
        http.request(method, path, content, headers)
        response = http.getresponse()
        answered: Any = response.read()
        http.close()
        if response.headers.get_content_type() == "application/json":
            answered = json.loads(answered)
        self.keep(response, answered)
        return Answer(response.status, dict(response.headers), answered)

    def auth(self, method: str, path: str, body: Any = None) -> Answer:
        """A route of signing in."""
        return self.call(method, f"/_allauth/{self.kind}/v1/{path}", body)

    def ok(self, method: str, path: str, body: Any = None) -> Any:
        """``call`` that must go well. Returns: the body."""
        answer = self.call(method, path, body)
        assert answer.status < 300, (method, path, answer)
        return answer.body

    def sign_in(self, username: str, password: str) -> None:
        answer = self.auth("POST", "auth/login", {"username": username, "password": password})
        assert answer.status == 200, answer

    def sign_out(self) -> None:
        assert self.auth("DELETE", "auth/session").status == 401, "signed out"
        self.token = None

    def socket(self, path: str, **headers: str) -> AbstractAsyncContextManager[Page]:
        """Open a socket, saying who it is in the headers."""
        return page(f"ws://127.0.0.1:{self.port}{path}", additional_headers=self.credentials() | headers)


@dataclass
class Browser(App):
    """The same with cookies, and the CSRF token that writes then need."""

    name: str = "Browser"
    cookies: dict[str, str] = field(default_factory=lambda: {"csrftoken": "a" * 32})
    kind: ClassVar[str] = "browser"

    def credentials(self) -> dict[str, str]:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {"Cookie": cookies, "X-CSRFToken": self.cookies["csrftoken"]}

    def keep(self, response: HTTPResponse, body: Any) -> None:
        for line in response.headers.get_all("Set-Cookie", []):
            self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}


def totp(secret: str) -> str:
    """The code that an authenticator app shows, with time enough left to send it. Source: RFC 6238."""
    if (left := PERIOD_SECONDS - time.time() % PERIOD_SECONDS) < 5:
        time.sleep(left + 0.1)
    counter = struct.pack(">Q", int(time.time() // PERIOD_SECONDS))
    digest = hmac.digest(base64.b32decode(secret), counter, "sha1")
    offset = digest[-1] & 0xF
    value = int.from_bytes(digest[offset : offset + 4]) & 0x7FFF_FFFF
    return f"{value % 1_000_000:06}"
