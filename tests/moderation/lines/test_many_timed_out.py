"""A batch with terms that time several people out, while something else happens between one of them and the channel."""

import threading
from collections.abc import Callable

import pytest
from django.db import connection, transaction

from accounts.models import User
from accounts.services import people_lock
from chat.services import messages_accept
from moderation.bans.models import Ban
from moderation.terms.services import term_add
from streams.models import Stream
from tests.concurrency.racing import at_once
from tests.moderation.lines.conftest import line_of

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def before(make_user: Callable[..., User]) -> list[User]:
    """Two people whose ids come before the channel's, so that theirs are the rows that are locked first."""
    return [make_user("early"), make_user("earlier")]


def somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")  # else a transaction sees what it saw first
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock')"
        )
        return bool(cursor.fetchone()[0])


def test_all_of_them_are_held_in_one_order(before: list[User], alice: User, live_stream: Stream) -> None:
    assert max(user.pk for user in before) < alice.pk
    first, second = before
    term_add(actor=alice, channel=alice, text="badword", action="timeout", timeout_seconds=60)
    held = threading.Event()

    def work(number: int) -> object:
        if number == 0:
            with transaction.atomic():
                # What people_lock(alice, second) does, with time between its rows.
                people_lock(second)
                held.set()
                assert any(somebody_waits() for _ in range(5_000))
                people_lock(alice)
            return None
        held.wait(10)
        return messages_accept(
            stream_id=live_stream.pk, lines=[line_of(first, "badword"), line_of(second, "badword")]
        )

    nothing, answers = at_once(2, work)
    assert nothing is None
    assert [answer.code for answer in answers] == ["not_said_here"] * 2
    assert Ban.objects.count() == 2
