"""The process is killed amid a thousand gifts: what was answered is booked once, what is asked again no second time."""

import subprocess
import sys
import threading
from collections.abc import Sequence
from uuid import UUID

import pytest
from django.db import connection

from config.embedded.postgres import CHECKOUT
from core.ids import new_id
from gifts.models import GiftSend
from payments.ledger.folding import fold
from payments.models import Transaction, Wallet
from tests.payments.books import buy, differences
from tests.payments.conftest import catalogue

__all__ = ["catalogue"]  # a fixture

pytestmark = [pytest.mark.chaos, pytest.mark.django_db(transaction=True)]

SENDERS, GIFTS = 20, 1000
Request = tuple[str, UUID]


def give(stream_id: UUID, requests: Sequence[Request], *, kill_after: int | None = None) -> dict[str, str]:
    """What a process answered, by request id, before it was done or killed."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.chaos.giving", str(connection.settings_dict["NAME"]), str(stream_id)],
        cwd=CHECKOUT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    asking = threading.Thread(target=ask, args=(process, requests))
    asking.start()
    answers = {}
    for line in process.stdout:
        if not line.endswith("\n"):
            break  # cut off in the middle of a word
        request_id, gift_id = line.split()
        answers[request_id] = gift_id
        if len(answers) == kill_after:
            process.kill()
    process.stdout.close()
    process.wait(60)
    asking.join()
    return answers


def ask(process: subprocess.Popen[str], requests: Sequence[Request]) -> None:
    assert process.stdin is not None
    try:
        for username, request_id in requests:
            process.stdin.write(f"{username} {request_id}\n")
        process.stdin.close()
    except BrokenPipeError:
        pass  # it was killed


def test_every_answered_gift_is_booked_once_and_none_twice(make_user, live_stream, catalogue):
    senders = [make_user(f"sender{number}") for number in range(SENDERS)]
    for sender in senders:
        buy(sender, GIFTS // SENDERS)
    requests = [(senders[number % SENDERS].username, new_id()) for number in range(GIFTS)]
    answered: dict[str, str] = {}
    for kill_after in (150, 200):
        told = give(live_stream.pk, requests, kill_after=kill_after)
        assert len(told) >= kill_after
        assert answered.items() <= (answered | told).items(), "a repeat names the same gift"
        assert all(told[known] == answered[known] for known in told.keys() & answered.keys())
        answered |= told
        booked = {str(gift.pk) for gift in GiftSend.objects.all()}
        assert set(answered.values()) <= booked
        fold()
        assert differences() == []
    assert GiftSend.objects.count() < GIFTS, "it was killed amid them"

    told = give(live_stream.pk, requests)
    assert len(told) == GIFTS
    assert all(told[known] == gift for known, gift in answered.items())
    assert set(told.values()) == {str(gift.pk) for gift in GiftSend.objects.all()}
    assert Transaction.objects.filter(kind="gift").count() == GIFTS
    assert set(Wallet.objects.values_list("balance_coins", flat=True)) == {0}
    fold()
    live_stream.refresh_from_db()
    assert live_stream.gifts_total_coins == GIFTS
    assert differences() == []
