"""A LiveKit that is away, does not know us, or makes rooms by itself is told before the first viewer meets it."""

import logging

import pytest
from django.core.checks import CheckMessage, registry
from django.test import override_settings
from pytest_django.fixtures import Settings

from config import checks
from config.management.commands.serve import _look_at_livekit
from streams.media.livekit.trouble import trouble_find
from tests.livekit.stub import LiveKitStub


@pytest.fixture
def chosen(settings: Settings, livekit_stub: LiveKitStub) -> LiveKitStub:
    settings.LIVEKIT_URL = livekit_stub.url
    settings.LIVEKIT_API_KEY, settings.LIVEKIT_API_SECRET = livekit_stub.key, livekit_stub.secret
    return livekit_stub


def ids(messages: list[CheckMessage]) -> list[str | None]:
    assert all(message.hint for message in messages)
    return [message.id for message in messages]


def test_without_livekit_nobody_is_asked() -> None:
    assert ids(checks.rooms_are_ours_to_make()) == []
    assert ids(checks.rooms_are_signed_well()) == []


def test_one_that_is_as_it_should_be(chosen: LiveKitStub) -> None:
    assert ids(checks.rooms_are_ours_to_make()) == []
    assert ids(checks.rooms_are_signed_well()) == []


def test_one_that_makes_rooms_by_itself(chosen: LiveKitStub) -> None:
    chosen.set_auto_create(True)
    assert ids(checks.rooms_are_ours_to_make()) == ["busk.E017"]
    assert not [name for name in chosen.rooms if name.startswith("busk-check")], "asking makes none"


def test_one_that_does_not_know_us(chosen: LiveKitStub) -> None:
    with override_settings(LIVEKIT_API_SECRET="another-secret-of-thirty-two-bytes!!"):
        assert ids(checks.rooms_are_ours_to_make()) == ["busk.E017"]
    with override_settings(LIVEKIT_API_KEY="somebody"):
        assert ids(checks.rooms_are_ours_to_make()) == ["busk.E017"]


def test_one_that_does_not_answer(chosen: LiveKitStub) -> None:
    chosen.stop()
    assert ids(checks.rooms_are_ours_to_make()) == ["busk.W004"]


def test_a_secret_that_can_be_guessed(chosen: LiveKitStub) -> None:
    with override_settings(LIVEKIT_API_SECRET="s" * 31):
        assert ids(checks.rooms_are_signed_well()) == ["busk.E016"]


def test_only_a_deployment_asks() -> None:
    assert checks.rooms_are_ours_to_make in registry.registry.deployment_checks
    assert checks.rooms_are_ours_to_make not in registry.registry.registered_checks


def test_the_start_says_it_in_one_line(chosen: LiveKitStub, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    _look_at_livekit()
    chosen.set_auto_create(True)
    _look_at_livekit()
    fine, wrong = (record for record in caplog.records if record.name.endswith("serve"))
    assert (fine.levelname, wrong.levelname) == ("INFO", "WARNING")
    assert "auto_create: false" in wrong.getMessage()
    assert trouble_find() is not None
