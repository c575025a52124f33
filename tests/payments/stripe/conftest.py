"""The sandbox, run by the test and asked through the real library; and stripe-mock, where it is installed."""

import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from config.embedded.postgres import CHECKOUT
from payments.gateway import Gateway
from payments.provider import API_VERSION, sandbox_address_file, sandbox_secret
from payments.sandbox.api import Answered, Asked
from payments.sandbox.outbox import Waiting
from payments.sandbox.server import Sandbox

STRIPE_MOCK_VERSION = "v0.203.0"


class TestSandbox(Sandbox):
    """One whose webhooks wait until the test lets them go, and whose answers can get lost."""

    __test__ = False

    def __init__(self) -> None:
        # DEBUG is off in the server's threads' own requests; only the start asks.
        super().__init__(send=_to_busk)
        self.asked: list[Asked] = []
        # For each of the next requests: "lose" does it and says nothing, a number is answered instead of doing it.
        self.faults: list[str | int] = []
        self._turn = threading.Lock()

    def answer(self, asked: Asked) -> Answered | None:
        with self._turn:
            self.asked.append(asked)
            fault = self.faults.pop(0) if self.faults else None
        if isinstance(fault, int):
            return Answered(fault, {"error": {"type": "api_error", "message": "The test wanted it so."}})
        answered = super().answer(asked)
        return None if fault == "lose" else answered

    def tell(
        self,
        change: Callable[[list[Waiting]], Sequence[Waiting]] = lambda waiting: waiting,
        *,
        only: str = "",
    ) -> list[int]:
        """Send what waits, changed as the test likes. Returns how each was answered."""
        waiting = self.outbox.take()
        return self.outbox.post(change([one for one in waiting if one.kind.startswith(only)]))

    def lose(self) -> list[str]:
        """Nobody is ever told what waits now."""
        return [one.kind for one in self.outbox.take()]

    def open_page(self, url: str, **given: str) -> requests.Response:
        """As a browser that follows nothing: GET without fields, else POST. ``url`` as the checkout has it."""
        if given:
            return requests.post(url, data=given, allow_redirects=False, timeout=5)
        return requests.get(url, allow_redirects=False, timeout=5)


def _to_busk(body: bytes, signature: str) -> int:
    """The webhook, as it comes in."""
    return int(deliver(body, signature).status_code)


def deliver(body: bytes, signature: str) -> Any:
    return Client().post(
        "/webhooks/stripe", body, content_type="application/json", headers={"Stripe-Signature": signature}
    )


@pytest.fixture
def bob(bob: User) -> User:
    """Somebody whose account is not of today."""
    User.objects.filter(pk=bob.pk).update(date_joined=timezone.now() - timedelta(days=30))
    bob.refresh_from_db()
    return bob


@pytest.fixture
def bobs(api_of: Callable[[User], APIClient], bob: User) -> APIClient:
    return api_of(bob)


@pytest.fixture
def sandbox(settings: Any, tmp_path: Path) -> Iterator[TestSandbox]:
    """The provider of the settings, as with `make run`."""
    settings.DEBUG = True
    settings.PAYMENTS = "sandbox"
    settings.VAR_DIR = tmp_path
    server = TestSandbox()
    sandbox_address_file().parent.mkdir()
    sandbox_address_file().write_text(server.address)
    server.start(with_webhooks=False)
    yield server
    server.stop()


@pytest.fixture
def sandbox_gateway(sandbox: TestSandbox) -> Gateway:
    """A gateway of the test's own."""
    return Gateway(
        address=sandbox.address,
        key=sandbox_secret("sk_test_"),
        webhook_secret=sandbox_secret("whsec_"),
    )


@pytest.fixture(scope="session")
def stripe_mock() -> Iterator[str]:
    """The address of stripe-mock, which knows Stripe's specification and nothing else."""
    program = shutil.which("stripe-mock", path=f"{CHECKOUT / '.venv' / 'bin'}") or shutil.which("stripe-mock")
    if program is None:
        pytest.skip(
            f"stripe-mock {STRIPE_MOCK_VERSION} is not installed, which takes Go: see docs/testing.md"
        )
    http, https = _free_port(), _free_port()
    # Without the second address it listens on all interfaces.
    command = [
        program,
        "-http-addr",
        f"127.0.0.1:{http}",
        "-https-addr",
        f"127.0.0.1:{https}",
        "-strict-version-check",
    ]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        address = f"http://127.0.0.1:{http}"
        deadline = time.monotonic() + 20
        while True:
            try:
                requests.get(
                    f"{address}/v1/balance",
                    headers={"Authorization": "Bearer sk_test_123", "Stripe-Version": API_VERSION},
                    timeout=1,
                ).raise_for_status()
                break
            except requests.ConnectionError:
                assert process.poll() is None, "stripe-mock ended"
                assert time.monotonic() < deadline, "stripe-mock does not answer"
                time.sleep(0.05)
        yield address
        process.terminate()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
