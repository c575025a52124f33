"""Cards of streams say what a ticket costs."""

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from payments.templatetags.tickets import ticket_marks
from payments.tickets.models import StreamPrice
from streams.models import EndReason
from streams.selectors import stream_view
from streams.services import media_arrived, stream_create, stream_end
from tests.payments.tickets.conftest import on_air, sold  # noqa: F401 - fixtures

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("price", "mark"),
    [
        ({"amount": 499, "currency": "usd", "coins": None}, "4.99 USD"),
        ({"amount": None, "currency": "", "coins": 1}, "1 coin"),
        ({"amount": None, "currency": "", "coins": 2500}, "2,500 coins"),
        ({"amount": 499, "currency": "usd", "coins": 50}, "4.99 USD or 50 coins"),
        ({"amount": 100, "currency": "usd", "coins": None, "pay_what_you_want": True}, "Pay what you want"),
    ],
)
def test_the_price_in_a_few_words(on_air, price, mark):  # noqa: F811
    StreamPrice.objects.update(**price)
    assert ticket_marks([stream_view(on_air)]) == {str(on_air.pk): mark}


@pytest.mark.parametrize("address", ["/live", "/search?q=cello"])
def test_lists_say_it_and_ask_once_for_all(on_air, make_user, client, address):  # noqa: F811
    def asked() -> int:
        cache.clear()
        with CaptureQueriesContext(
            connection,
        ) as queries:
            page = client.get(address, follow=True)
        assert page.text.count("5.00 USD or 400 coins</span>") == StreamPrice.objects.count()
        return sum("payments_streamprice" in query["sql"] for query in queries.captured_queries)

    assert asked() == 1
    for number in range(3):
        stream, _ = stream_create(creator=make_user(f"cellist{number}"), title=f"Cello {number}")
        media_arrived(stream_id=stream.pk)
        type(stream).objects.filter(pk=stream.pk).update(ticketed=True)
        StreamPrice.objects.create(stream=stream, amount=500, currency="usd", coins=400)
    assert asked() == 1


def test_free_streams_and_those_that_are_over_are_not_asked_about(on_air, django_assert_num_queries):  # noqa: F811
    stream_end(stream_id=on_air.pk, reason=EndReason.CREATOR)
    on_air.refresh_from_db()
    over = stream_view(on_air)
    with django_assert_num_queries(0):
        assert ticket_marks([over]) == {}
