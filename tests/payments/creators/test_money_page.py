"""docs/money.md, What creators see and whom staff hear of: computed again by what really happens."""

from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from core.ids import new_id
from gifts.services import gift_send
from payments.creators.alerts import senders_check
from payments.creators.figures import Figures, accounts_of, sources_of, total_of
from payments.earnings import sale_book
from payments.ledger.folding import fold
from payments.models import EarningSource
from payments.orders.models import Flow, Order, Purpose
from payments.refunds import refund_book
from payments.taking import held_lock
from tests.conftest import viewer_of
from tests.payments.books import buy
from tests.payments.test_money_page import COINS, PRICE, cents, tables

pytestmark = pytest.mark.django_db


def tip(stream: Any, payer: Any, gross: int, processing: int) -> str:
    now = timezone.now()
    order = Order.objects.create(
        party_id=payer.party_id, purpose=Purpose.TIP, flow=Flow.CHECKOUT, amount=gross, currency="usd",
        creator_id=stream.party_id, stream=stream, title="Tip", created_at=now, expires_at=now, look_at=now,
    )  # fmt: skip
    sale_book(
        source=EarningSource.TIP,
        creator_id=stream.party_id,
        stream_id=stream.pk,
        gross=gross,
        processing=processing,
        order_reference=str(order.pk),
        charged_at=now,
        key=str(order.pk),
    )
    return str(order.pk)


def test_what_a_creator_sees(alice, bob, live_stream, catalogue):
    (shown,) = tables("What creators see")
    order = tip(live_stream, bob, 1000, 59)
    with transaction.atomic():
        held = held_lock(order_reference=order)
        refund_book(
            order_reference=order, held=held, taken=held.pick(held.parts_for(333)), money=333, key="refund"
        )
    buy(bob, COINS, price=PRICE)
    gift_send(
        sender=viewer_of(bob),
        stream=live_stream,
        gift=catalogue["rose"],
        quantity=COINS - 1,
        request_id=new_id(),
    )
    gift_send(
        sender=viewer_of(bob), stream=live_stream, gift=catalogue["rose"], quantity=1, request_id=new_id()
    )
    fold()

    by_source = sources_of(party_id=alice.party_id)
    total = total_of(by_source.values())
    told = {
        "tip": by_source[EarningSource.TIP],
        "gift": by_source[EarningSource.GIFT],
        "in all": total,
    }
    assert [row[0] for row in shown] == list(told)
    for source, *columns in shown:
        assert [cents(column) for column in columns] == row_of(told[source])
    accounts = accounts_of(party_id=alice.party_id)
    assert total.kept == accounts.pending + accounts.available - accounts.owed


def row_of(figures: Figures) -> list[int]:
    return [
        figures.gross, figures.platform, figures.processing, figures.yours, figures.taken_back, figures.kept,
    ]  # fmt: skip


@pytest.mark.parametrize("row", range(4))
def test_of_whom_staff_hear(row, settings, bob, charlie, live_stream):
    table = tables("Who does not pay whom")[0]
    assert len(table) == 4
    one, of, hears = table[row]
    settings.FEE_PERCENT = 0
    tip(live_stream, bob, cents(one), 0)
    if rest := cents(of) - cents(one):
        tip(live_stream, charlie, rest, 0)

    assert len(senders_check()) == {"yes": 1, "no": 0}[hears]
