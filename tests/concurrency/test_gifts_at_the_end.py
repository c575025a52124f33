"""A gift and the end of its stream at the same moment: neither waits for the other, and what was given counts."""

import threading

import pytest
from django.db import transaction

from gifts.errors import StreamNotLive
from gifts.models import GiftSend
from payments.ledger.folding import fold
from streams.models import EndReason
from streams.services import stream_end
from tests.concurrency.racing import at_once
from tests.concurrency.test_money_races import rose_of
from tests.payments.books import buy, differences

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]


def side_by_side(first, second):
    """What both returned; ``first`` is committed only when ``second`` has been."""
    written, done = threading.Event(), threading.Event()

    def work(number):
        if number == 0:
            with transaction.atomic():
                found = first()
                written.set()
                assert done.wait(10)
                return found
        assert written.wait(10)
        try:
            return second()
        finally:
            done.set()

    return at_once(2, work)


def test_a_gift_does_not_wait_for_a_stream_that_is_just_being_ended(bob, live_stream, catalogue):
    buy(bob, 2)
    _, sent = side_by_side(
        lambda: stream_end(stream_id=live_stream.pk, reason=EndReason.CREATOR),
        lambda: rose_of(bob, live_stream, catalogue),
    )
    assert not isinstance(sent, Exception), sent
    with pytest.raises(StreamNotLive):
        rose_of(bob, live_stream, catalogue)
    assert_it_counts(live_stream)


def test_an_end_does_not_wait_for_gifts_which_count_all_the_same(bob, live_stream, catalogue):
    buy(bob, 1)

    def end_and_fold():
        ended = stream_end(stream_id=live_stream.pk, reason=EndReason.CREATOR)
        fold()
        return ended.is_over

    sent, ended = side_by_side(lambda: rose_of(bob, live_stream, catalogue), end_and_fold)
    assert not isinstance(sent, Exception), sent
    assert ended is True
    assert_it_counts(live_stream)


def assert_it_counts(stream):
    assert GiftSend.objects.count() == 1
    fold()
    stream.refresh_from_db()
    assert (stream.is_over, stream.gifts_total_coins) == (True, 1)
    assert differences() == []
