"""Stored events are numbered by the database: per room, in order, without holes, and only if committed."""

import threading
from collections.abc import Callable
from uuid import UUID

import pytest
from django.db import connections, transaction
from django.utils import timezone

from core.ids import new_id
from realtime import store
from realtime.events import entry_of
from realtime.models import StoredEvent
from realtime.selectors import events_after, last_seq
from tests.realtime.events import Stored

pytestmark = pytest.mark.django_db(transaction=True)


def append(room_id: UUID, *texts: str) -> list[int]:
    with transaction.atomic():
        return [event.seq for event in store.append(room_id, [Stored(text=text) for text in texts])]


def test_numbers_are_per_room_and_without_holes() -> None:
    room_id, other = new_id(), new_id()

    assert append(room_id, "one", "two") == [1, 2]
    assert append(other, "one") == [1]
    assert append(room_id, "three") == [3]
    assert last_seq(room_id) == 3


def test_a_rollback_uses_up_no_number() -> None:
    room_id = new_id()
    append(room_id, "one")
    with transaction.atomic():
        store.append(room_id, [Stored(text="undone")])
        transaction.set_rollback(True)

    assert append(room_id, "two") == [2]
    assert [entry.seq for entry in events_after(room_id, 0)] == [1, 2]


def test_two_writers_at_once_get_different_numbers() -> None:
    room_id = new_id()
    numbers: list[int] = []

    def write() -> None:
        for _ in range(20):
            numbers.extend(append(room_id, "a", "b"))
        connections.close_all()

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(numbers) == list(range(1, 161))


def test_an_event_reads_back_as_it_was_published() -> None:
    room_id = new_id()
    with transaction.atomic():
        (event,) = store.append(room_id, [Stored(text='"quoted" é')])

    assert events_after(room_id, 0) == [entry_of(event)]


def test_what_is_not_committed_is_not_published(
    published: list[tuple[UUID, int]], django_capture_on_commit_callbacks: Callable[..., object]
) -> None:
    room_id = new_id()
    with transaction.atomic():
        store.append(room_id, [Stored(text="one")])
        assert published == []

    assert published == [(room_id, 1)]


def test_appending_outside_a_transaction_is_a_mistake() -> None:
    with pytest.raises(transaction.TransactionManagementError):
        store.append(new_id(), [Stored(text="lost")])


def test_publishing_what_has_no_number_is_a_mistake() -> None:
    with pytest.raises(ValueError, match=r"store\.append"):
        entry_of(Stored(text="lost"))


def test_old_events_are_forgotten_and_the_numbers_go_on() -> None:
    room_id = new_id()
    append(room_id, "old", "new")
    StoredEvent.objects.filter(room_id=room_id, seq=1).update(created_at=timezone.now() - store.KEPT_FOR)

    assert store.prune() == 1
    assert [entry.seq for entry in events_after(room_id, 0)] == [2]
    assert append(room_id, "newer") == [3]


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> list[tuple[UUID, int]]:
    """What reaches the hub, as (room, seq)."""
    from realtime.hub import hub

    seen: list[tuple[UUID, int]] = []
    monkeypatch.setattr(
        hub, "publish_soon", lambda room_id, entries: seen.extend((room_id, entry.seq) for entry in entries)
    )
    return seen
