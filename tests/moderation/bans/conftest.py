"""A team of alice's: lena leads, max moderates. bob and charlie are nobody there."""

from collections.abc import Callable, Iterator

import pytest
from django.utils import timezone

from accounts.models import User
from core.models import AuditEvent
from moderation.team.models import TeamMember, TeamRole
from tests.payments.conftest import catalogue
from tests.payments.stripe.conftest import bob, bobs, sandbox
from tests.realtime.running import RoomServer, running
from tests.streams.livekit.reconcile.conftest import queue, site

__all__ = ["bob", "bobs", "catalogue", "queue", "sandbox", "site"]  # fixtures


@pytest.fixture
def team_role(alice: User) -> Callable[[User, str], User]:
    """Make somebody of alice's team, past every rule of who may."""

    def give(person: User, role: str) -> User:
        TeamMember.objects.create(channel=alice, person=person, role=role, accepted_at=timezone.now())
        return person

    return give


@pytest.fixture
def lead(make_user: Callable[..., User], team_role: Callable[[User, str], User]) -> User:
    return team_role(make_user("lena"), TeamRole.LEAD)


@pytest.fixture
def moderator(make_user: Callable[..., User], team_role: Callable[[User, str], User]) -> User:
    return team_role(make_user("max"), TeamRole.MODERATOR)


def trail(person: User) -> list[str]:
    """What was done to somebody, oldest first."""
    done = AuditEvent.objects.filter(whom_party_id=person.party_id).order_by("id")
    return list(done.values_list("action", flat=True))


@pytest.fixture(scope="module")
def _served(django_db_setup: None, django_db_blocker: object) -> Iterator[RoomServer]:
    limits = dict.fromkeys(
        ("BUSK_LIMIT_JOIN", "BUSK_LIMIT_TOKEN", "BUSK_LIMIT_PAY", "BUSK_LIMIT_WRITE"), "100000"
    )
    with running("uvicorn", BUSK_TRUSTED_PROXIES="1", **limits) as server:
        yield server


@pytest.fixture
def served(_served: RoomServer, transactional_db: None) -> RoomServer:
    """A server behind one proxy, on the test's database."""
    return _served
