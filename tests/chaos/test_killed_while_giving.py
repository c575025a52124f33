"""The process is killed amid a thousand gifts: what was answered is booked once, what is asked again no second time."""

import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from chat.models import ChatMessage
from config.embedded.postgres import CHECKOUT
from core import facts
from core.ids import new_id
from core.models import OutboxFact
from gifts.combos import combos_end
from gifts.models import Combo, GiftSend
from gifts.services import gift_send
from payments.ledger.folding import fold
from payments.models import Transaction, Wallet
from tests.conftest import viewer_of
from tests.gifts.conftest import catalogue, shown
from tests.payments.books import buy, differences

__all__ = ["catalogue", "shown"]  # fixtures

pytestmark = [pytest.mark.chaos, pytest.mark.django_db(transaction=True)]

SENDERS, GIFTS = 20, 1000
Request = tuple[str, UUID]


def give(
    stream_id: UUID, requests: Sequence[Request], *, kill_after: int | None = None, how: Sequence[str] = ()
) -> dict[str, str]:
    """What a process answered, by request id, before it was done or killed."""
    database = str(connection.settings_dict["NAME"])
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.chaos.giving", database, str(stream_id), *how],
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
    if how:
        assert process.returncode == -signal.SIGKILL
    return answers


def after_a_while() -> None:
    """What runs by the clock takes up what was left, more than once."""
    with time_machine.travel(timezone.now() + timedelta(minutes=1)):
        for _ in range(2):
            combos_end()
            facts.sweep()
            fold()


def of(shown: Any, tag: str) -> list[dict[str, Any]]:
    return [event for _, event in shown if event["type"] == tag]


def ask(process: subprocess.Popen[str], requests: Sequence[Request]) -> None:
    assert process.stdin is not None
    try:
        for username, request_id in requests:
            process.stdin.write(f"{username} {request_id}\n")
        process.stdin.close()
    except BrokenPipeError:
        pass  # it was killed


def test_every_answered_gift_is_booked_once_and_none_twice(make_user, live_stream, catalogue, shown):
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

    after_a_while()
    sent = [event["id"] for event in of(shown, "gift:sent")]
    assert len(sent) == len(set(sent)), "what a killed process left untold is told once by the next"
    ended = of(shown, "gift:combo")
    assert len(ended) == len({event["id"] for event in ended})
    assert sum(event["quantity"] for event in ended) == GIFTS
    assert not OutboxFact.objects.exists()
    assert not Combo.objects.exists()


def test_a_gift_whose_process_dies_before_telling_is_shown_once(bob, live_stream, catalogue, shown):
    buy(bob, 10)
    asked = [(bob.username, new_id())]
    assert give(live_stream.pk, asked, how=["untold"]) == {}
    gift = GiftSend.objects.get()
    assert give(live_stream.pk, asked) == {str(asked[0][1]): str(gift.pk)}, "whoever asks again is answered"
    assert of(shown, "gift:sent") == []
    after_a_while()
    (event,) = of(shown, "gift:sent")
    assert (event["id"], event["combo"]["id"], event["combo"]["quantity"]) == (str(gift.pk), str(gift.pk), 1)
    (ended,) = of(shown, "gift:combo")
    assert (ended["id"], ended["quantity"]) == (str(gift.pk), 1)
    assert ChatMessage.objects.get().client_id == f"gift:{gift.pk}"
    assert not OutboxFact.objects.exists()
    assert differences() == []


def test_a_streak_whose_end_is_not_told_ends_once(bob, live_stream, catalogue, shown):
    """The process that takes it out dies before anybody hears of it."""
    buy(bob, 10)
    with time_machine.travel(timezone.now() - timedelta(minutes=1)):
        first = gift_send(
            sender=viewer_of(bob),
            stream=live_stream,
            gift=catalogue["rose"],
            quantity=3,
            request_id=new_id(),
        )
    assert give(live_stream.pk, [], how=["ending", "untold"]) == {}
    assert not Combo.objects.exists()
    assert of(shown, "gift:combo") == []
    after_a_while()
    assert [(event["id"], event["quantity"]) for event in of(shown, "gift:combo")] == [
        (str(first.gift.pk), 3)
    ]
    assert ChatMessage.objects.count() == 1
