"""Staff who moderate, and things that were reported."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission

from accounts.models import User
from chat.models import ChatMessage
from chat.services import message_send
from moderation.reports.models import Case, Report
from moderation.reports.services import report_make
from streams.models import Stream
from tests.conftest import viewer_of


@pytest.fixture(autouse=True)
def _folders(settings: Any, tmp_path: Path) -> None:
    settings.PRIVATE_ROOT = tmp_path / "private"
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def staff_of(make_user: Callable[..., User]) -> Callable[..., User]:
    """Somebody of the role moderation, and with further permissions if wanted."""

    def make(name: str, *further: str) -> User:
        user = make_user(name, is_staff=True)
        user.groups.add(Group.objects.get(name="moderation"))
        for wanted in further:
            app, codename = wanted.split(".")
            user.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))
        return User.objects.get(pk=user.pk)

    return make


@pytest.fixture
def nora(staff_of: Callable[..., User]) -> User:
    """Decides, suspensions included."""
    return staff_of("nora", "accounts.suspend_user")


@pytest.fixture
def omar(staff_of: Callable[..., User]) -> User:
    """Looks at appeals against what nora decided."""
    return staff_of("omar", "accounts.suspend_user")


def say(user: User, stream: Stream, text: str) -> ChatMessage:
    message_send(
        viewer=viewer_of(user),
        stream_id=stream.pk,
        client_id=f"{user.username}-{abs(hash(text))}",
        text=text,
    )
    return ChatMessage.objects.get(stream=stream, text=text)


def report(reporter: User, subject: str, thing: Any, category: str = "spam", note: str = "") -> Report:
    return report_make(reporter=reporter, subject=subject, subject_id=thing.pk, category=category, note=note)


@pytest.fixture
def message(bob: User, live_stream: Stream) -> ChatMessage:
    """bob's, in alice's stream."""
    return say(bob, live_stream, "buy my coins at coins dot example")


@pytest.fixture
def case(charlie: User, message: ChatMessage) -> Case:
    """What charlie reported: bob's message."""
    return report(charlie, "message", message).case
