"""Gifts over HTTP."""

import pytest

from gifts.models import Combo, Gift, GiftSend
from payments.ledger.folding import fold
from streams.models import EndReason, Stream, StreamVisibility
from streams.services import stream_end
from tests.payments.books import buy, differences, request

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def send(api_of, bob, live_stream, catalogue):
    def send(user=bob, **told):
        body = {"gift": "rose", "request_id": str(request())} | told
        return api_of(user).post(f"/api/streams/{live_stream.pk}/gift", body, format="json")

    return send


def test_the_catalogue_shows_what_each_gift_is_worth(api, catalogue):
    gifts = api.get("/api/gifts").json()["gifts"]
    assert [(gift["sku"], gift["price_coins"], gift["animation"], gift["rarity"]) for gift in gifts] == [
        ("rose", 1, "float", "common"),
        ("heart", 2, "float", "common"),
        ("star", 5, "burst", "rare"),
        ("diamond", 10, "burst", "epic"),
        ("rocket", 20, "fireworks", "epic"),
        ("crown", 50, "fireworks", "legendary"),
        ("mansion", 100, "confetti", "legendary"),
    ]
    assert {(gift["worth"], gift["currency"]) for gift in gifts if gift["sku"] == "mansion"} == {(100, "usd")}
    Gift.objects.filter(sku="rose").update(on_sale=False)
    assert "rose" not in {gift["sku"] for gift in api.get("/api/gifts").json()["gifts"]}


def test_a_gift_is_sent_and_a_repeat_is_the_same_one(send, bob):
    buy(bob, 10)
    asked = str(request())
    first = send(quantity=3, request_id=asked)
    assert first.status_code == 201, first.json()
    assert first.json() | {"id": None, "at": None} == {
        "id": None, "gift": "rose", "quantity": 3, "coins": 3, "anonymous": False, "at": None, "balance_coins": 7,
    }  # fmt: skip
    Gift.objects.filter(sku="rose").update(on_sale=False)
    assert send(quantity=3, request_id=asked).json() == first.json()
    assert GiftSend.objects.count() == 1
    other = send(quantity=4, request_id=asked)
    assert (other.status_code, other.json()["code"]) == (409, "request_id_reused")


def test_it_says_what_is_missing(send, bob):
    buy(bob, 3)
    refused = send(gift="star")
    assert (refused.status_code, refused.json()) == (
        402,
        {
            "code": "not_enough_coins",
            "details": {"balance_coins": 3, "needed_coins": 5, "missing_coins": 2},
        },
    )


@pytest.mark.parametrize(
    ("told", "status", "code"),
    [
        ({"quantity": 0}, 400, "invalid_input"),
        ({"quantity": -1}, 400, "invalid_input"),
        ({"quantity": 100}, 400, "invalid_input"),
        ({"quantity": "NaN"}, 400, "invalid_input"),
        ({"quantity": None}, 400, "invalid_input"),
        ({"quantity": 1.5}, 400, "invalid_input"),
        ({"request_id": "mine"}, 400, "invalid_input"),
        ({"gift": "unicorn"}, 404, "not_found"),
        ({"gift": "withdrawn"}, 409, "gift_changed"),
    ],
)
def test_what_cannot_be_sent(send, bob, told, status, code):
    Gift.objects.create(
        sku="withdrawn", name="x", price_coins=1, on_sale=False, animation="float", rarity="rare"
    )
    buy(bob, 200)
    refused = send(**told)
    assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert not GiftSend.objects.exists()
    assert not Combo.objects.exists()
    assert differences() == []


def test_not_to_oneself_and_not_to_what_is_over(send, alice, bob, live_stream):
    for user in (alice, bob):
        buy(user, 10)
    assert send(alice).json()["code"] == "own_channel"
    stream_end(stream_id=live_stream.pk, reason=EndReason.CREATOR)
    assert send().json()["code"] == "stream_ended"


def test_nobody_gives_into_what_they_may_not_see(send, charlie, api, live_stream):
    buy(charlie, 10)
    Stream.objects.update(visibility=StreamVisibility.INVITED)
    assert send(charlie).status_code == 404
    assert api.get(f"/api/streams/{live_stream.pk}/leaderboard").status_code == 404
    body = {"gift": "rose", "request_id": str(request())}
    assert api.post(f"/api/streams/{live_stream.pk}/gift", body, format="json").status_code == 401


def test_leaderboards_of_stream_week_and_ever(
    send, api, bob, charlie, live_stream, django_assert_num_queries
):
    for user in (bob, charlie):
        buy(user, 100)
    send(quantity=2)
    send(charlie, gift="star")
    send(gift="star", anonymous=True)
    fold()
    for board in ("stream", "week", "ever"):
        with django_assert_num_queries(2):
            told = api.get(f"/api/streams/{live_stream.pk}/leaderboard?board={board}").json()["places"]
        named = [(place["person"] and place["person"]["username"], place["coins"]) for place in told]
        assert sorted(named, key=str) == sorted([("charlie", 5), (None, 5), ("bob", 2)], key=str)
        assert [coins for _, coins in named] == [5, 5, 2]
    assert api.get(f"/api/streams/{live_stream.pk}/leaderboard?board=month").status_code == 400
