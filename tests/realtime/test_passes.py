"""A pass opens one room once, for half a minute, to the one it was issued to."""

import threading
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
import time_machine
from django.test import override_settings
from django.utils import timezone

from core.ids import new_id
from realtime.hub import Hub
from realtime.orders import Order
from realtime.passes import PassRefused, join_pass_claim, join_pass_issue


def issue(**fields: Any) -> str:
    values: dict[str, Any] = {"room_id": new_id(), "session_id": new_id(), "viewer_id": "a:somebody"}
    return join_pass_issue(**(values | fields))


def test_a_pass_says_what_it_was_issued_with() -> None:
    room_id, user_id, party_id = new_id(), new_id(), new_id()

    claimed = join_pass_claim(
        issue(room_id=room_id, user_id=user_id, party_id=party_id, name="Zoë", role="studio", login="abc")
    )

    assert (claimed.room_id, claimed.user_id, claimed.party_id) == (room_id, user_id, party_id)
    assert (claimed.name, claimed.role, claimed.login, claimed.chat_refusal) == ("Zoë", "studio", "abc", None)


def test_nobody_writes_without_an_account() -> None:
    assert join_pass_claim(issue()).chat_refusal == "not_signed_in"


def test_a_pass_is_good_for_one_claim_however_many_try_at_once() -> None:
    token = issue()
    outcomes: list[str] = []

    def claim() -> None:
        try:
            join_pass_claim(token)
            outcomes.append("in")
        except PassRefused:
            outcomes.append("refused")

    threads = [threading.Thread(target=claim) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["in", *["refused"] * 7]


def test_a_pass_is_refused_after_half_a_minute() -> None:
    now = timezone.now()
    with time_machine.travel(now, tick=False):
        token = issue()
    with time_machine.travel(now + timedelta(seconds=32), tick=False), pytest.raises(PassRefused):
        join_pass_claim(token)


@pytest.mark.parametrize("spoil", ["", "x", "a.b", "a.b.c", "é.é", "....", None])
def test_anything_else_is_refused(spoil: str | None) -> None:
    token = issue()
    forged = token[:-2] + ("AA" if token[-2:] != "AA" else "BB") if spoil is None else spoil

    with pytest.raises(PassRefused):
        join_pass_claim(forged)


def test_a_pass_survives_a_change_of_the_signing_key() -> None:
    with override_settings(SECRET_KEY="old"):
        token = issue()
    with override_settings(SECRET_KEY="new", SECRET_KEY_FALLBACKS=["old"]):
        join_pass_claim(token)
    with override_settings(SECRET_KEY="old"):
        token = issue()
    with override_settings(SECRET_KEY="new", SECRET_KEY_FALLBACKS=[]), pytest.raises(PassRefused):
        join_pass_claim(token)


@pytest.mark.parametrize(
    ("field", "other"),
    [("room_id", new_id()), ("viewer_id", "a:other"), ("login", "other"), ("user_id", new_id())],
)
async def test_what_was_withdrawn_refuses_the_passes_issued_before(field: str, other: UUID | str) -> None:
    hub = Hub()
    hub.start()
    token = issue(user_id=new_id(), login="abc")
    before = join_pass_claim(token)
    mine = getattr(before, field)

    def withdraw(before_ms: int, value: Any) -> None:
        hub.obey(msgspec.structs.replace(Order(before_ms=before_ms, code=4403), **{field: value}))

    withdraw(before.epoch, other)
    withdraw(before.epoch - 1, mine)
    assert not hub.refuses(before)
    withdraw(before.epoch, mine)
    assert hub.refuses(before)

    values = {"room_id": before.room_id, "viewer_id": "a:somebody", "login": "abc", "user_id": before.user_id}
    with time_machine.travel(timezone.now() + timedelta(seconds=1)):
        assert not hub.refuses(join_pass_claim(issue(**values))), "a pass issued later says what holds later"
    await hub.stop()
