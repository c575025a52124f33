"""Facts leave on commit, reach every handler, and survive the death of the process that published them."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from core import facts
from core.facts import Fact, handles, publish_on_commit
from core.models import OutboxFact


class Rang(Fact, frozen=True, kw_only=True):
    times: int


@pytest.fixture
def heard() -> Iterator[list[int]]:
    """What a handler of Rang was told; the registry is as before afterwards."""
    told: list[int] = []

    @handles(Rang)
    def on_rang(fact: Rang) -> None:
        told.append(fact.times)

    yield told
    facts._handlers.pop(facts.fact_name(Rang))


@pytest.mark.django_db(transaction=True)
def test_a_fact_is_handled_after_commit_and_leaves_nothing(heard):
    with transaction.atomic():
        publish_on_commit(Rang(times=3))
        assert heard == []
        assert OutboxFact.objects.count() == 1
    assert heard == [3]
    assert not OutboxFact.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_what_follows_a_delivery_waits_for_the_disk_again(heard):
    """Only forgetting the fact may be lost with the database: then it is delivered once more."""

    def waits() -> str:
        with connection.cursor() as cursor:
            cursor.execute("SHOW synchronous_commit")
            (setting,) = cursor.fetchone()
        return str(setting)

    before = waits()
    with transaction.atomic():
        publish_on_commit(Rang(times=3))
    assert waits() == before != "off"


@pytest.mark.django_db(transaction=True)
def test_a_rollback_takes_the_fact_with_it(heard):
    with transaction.atomic():
        publish_on_commit(Rang(times=1))
        transaction.set_rollback(True)
    assert heard == []
    assert not OutboxFact.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_it_is_refused(heard):
    with pytest.raises(transaction.TransactionManagementError):
        publish_on_commit(Rang(times=1))


@pytest.mark.django_db(transaction=True)
def test_what_a_dead_process_left_is_delivered_by_the_sweep_once_its_claim_ran_out(heard):
    left = OutboxFact.objects.create(
        name=facts.fact_name(Rang), payload={"times": 7}, claimed_at=timezone.now()
    )
    assert facts.sweep() == 0, "its publisher may still be at it"
    OutboxFact.objects.filter(pk=left.pk).update(
        claimed_at=timezone.now() - timedelta(seconds=facts.CLAIM_SECONDS + 1)
    )
    assert facts.sweep() == 1
    assert heard == [7]
    assert facts.sweep() == 0


@pytest.mark.django_db(transaction=True)
def test_one_failing_handler_keeps_the_fact_and_does_not_stop_the_others(heard, caplog):
    broken = True

    @handles(Rang)
    def on_rang_breaks(fact: Rang) -> None:
        if broken:
            raise ValueError("no")

    with transaction.atomic():
        publish_on_commit(Rang(times=2))
    assert heard == [2]
    row = OutboxFact.objects.get()
    assert row.attempts == 1
    assert "on_rang_breaks" in caplog.text

    broken = False
    OutboxFact.objects.update(claimed_at=timezone.now() - timedelta(seconds=facts.CLAIM_SECONDS + 1))
    facts.sweep()
    assert heard == [2, 2], "handlers run at least once, so they are idempotent"
    assert not OutboxFact.objects.exists()
