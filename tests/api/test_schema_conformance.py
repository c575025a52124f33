"""Every operation of the OpenAPI document, asked with what fits it and what does not, in this process.

    BUSK_SCHEMA_CASES=10000 pytest tests/api/test_schema_conformance.py -n0

runs about so many cases, at random; without it a few of each, always the same.
"""

import os
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.test import Client
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.specs.openapi.checks import (
    ensure_resource_availability,
    ignored_auth,
    negative_data_rejection,
    object_level_authorization,
    positive_data_acceptance,
    use_after_free,
)

from payments.provider import sandbox_secret
from tests.payments.stripe.conftest import sandbox  # noqa: F401 - a fixture

load_all_checks()
CASES = int(os.environ.get("BUSK_SCHEMA_CASES", "0"))
CSRF = "a" * 32
# Who may do what is for the tests of access; what a text must hold beyond its length no schema says.
EXCLUDED = [
    ensure_resource_availability,
    ignored_auth,
    object_level_authorization,
    positive_data_acceptance,
    use_after_free,
]


def load() -> Any:
    schema = schemathesis.openapi.from_dict(SchemaGenerator().get_schema(request=None, public=True))
    schema.app = get_wsgi_application()
    return schema


SCHEMA = load()
OPERATIONS = {
    f"{operation.method.upper()} {operation.path}": operation
    for operation in sorted(
        (found.ok() for found in SCHEMA.get_all_operations()), key=lambda found: (found.path, found.method)
    )
}
QUESTIONS = [(name, mode) for name in OPERATIONS for mode in GenerationMode]
EXAMPLES = max(1, CASES // len(QUESTIONS)) if CASES else 8


@pytest.fixture(autouse=True)
def _one_connection() -> Iterator[None]:
    """The test's transaction is on it, so requests may not close it; Django's own client sees to that likewise."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def ids(live_stream, bob, monkeypatch, settings) -> dict[str, UUID]:
    """Things that are there; and no limits, which other tests are about."""
    settings.RATE_LIMITS = dict.fromkeys(settings.RATE_LIMITS, (10**9, 10**9))
    settings.STREAMS_PER_CREATOR = 10**6
    monkeypatch.setattr("chat.services.CREATOR_MESSAGES_PER_WINDOW", 10**9)
    return {"stream_id": live_stream.pk, "user_id": bob.pk}


@pytest.fixture
def cookies(alice) -> dict[str, str]:
    browser = Client()
    browser.force_login(alice)
    return {"sessionid": browser.cookies["sessionid"].value, "csrftoken": CSRF}


@pytest.fixture
def payments_on(sandbox, settings):  # noqa: F811
    """As in production, where errors have no page for developers; Stripe is the sandbox."""
    settings.DEBUG = False
    settings.PAYMENTS = "stripe"
    settings.STRIPE_API_URL = sandbox.address
    settings.STRIPE_SECRET_KEY = sandbox_secret("sk_test_")


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "mode"), QUESTIONS, ids=lambda part: getattr(part, "value", part))
def test_answers_are_as_the_schema_says(name, mode, ids, cookies, request):
    operation = OPERATIONS[name]
    if any(part in operation.path for part in ("/payments/", "/ticket", "/tip")):
        request.getfixturevalue("payments_on")  # without it they answer that nothing is sold
    # In bodies, as in forms, a number is taken for text and "yes" for true.
    excluded = [*EXCLUDED, negative_data_rejection] if operation.body else EXCLUDED

    asked = 0

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=not CASES,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode), known=st.booleans(), signed_in=st.booleans())
    def ask(case: Any, known: bool, signed_in: bool) -> None:
        nonlocal asked
        asked += 1
        if known and mode == GenerationMode.POSITIVE and case.path_parameters:
            case.path_parameters |= {
                name: str(ids.get(name, value)) for name, value in case.path_parameters.items()
            }
        if signed_in:
            case.call_and_validate(cookies=cookies, headers={"X-CSRFToken": CSRF}, excluded_checks=excluded)
        else:
            case.call_and_validate(excluded_checks=excluded)

    try:
        ask()
    except Unsatisfiable:
        assert mode == GenerationMode.NEGATIVE
        pytest.skip("there is nothing that does not fit")
    finally:
        print(f"asked {asked}")  # noqa: T201 - for the reader of -rP


def test_the_checks_are_all_of_them_but_five():
    assert len(CHECKS.get_all_names()) == 14
