"""Staff edit the catalogue; the trail says who changed what."""

import pytest
from django.contrib.auth.models import Group

from core.models import AuditEvent
from gifts.models import Gift
from tests.payments.books import buy

pytestmark = pytest.mark.django_db(transaction=True)
FORM = {
    "sku": "moon", "name": "Moon", "price_coins": "500", "animation": "confetti", "rarity": "legendary",
    "on_sale": "on",
}  # fmt: skip


@pytest.fixture
def finance(make_user, browser_of):
    from config.roles import roles_sync

    roles_sync()
    user = make_user("fiona", is_staff=True)
    user.groups.add(Group.objects.get(name="finance"))
    return user, browser_of(user)


def test_a_gift_is_added_and_changed_and_the_trail_tells(finance, catalogue, api):
    user, client = finance
    assert client.post("/admin/gifts/gift/add/", FORM).status_code == 302
    moon = Gift.objects.get(sku="moon")
    assert moon.price_coins == 500
    changed = FORM | {"price_coins": "400", "sku": "sun"}
    del changed["on_sale"]
    assert client.post(f"/admin/gifts/gift/{moon.pk}/change/", changed).status_code == 302
    moon.refresh_from_db()
    assert (moon.sku, moon.price_coins, moon.on_sale) == ("moon", 400, False), (
        "its sku is what apps know it by"
    )
    assert "moon" not in {gift["sku"] for gift in api.get("/api/gifts").json()["gifts"]}
    added, edited = AuditEvent.objects.filter(target=f"gift:{moon.pk}").order_by("at")
    assert added.after
    assert edited.before
    assert edited.after
    assert {added.actor_party_id, edited.actor_party_id} == {user.party_id}
    assert (added.action, added.before, added.after["price_coins"]) == ("gift.added", None, 500)
    assert edited.action == "gift.changed"
    told = [(event["price_coins"], event["on_sale"]) for event in (edited.before, edited.after)]
    assert told == [(500, True), (400, False)]


@pytest.mark.parametrize("price", ["0", "-1", "1000001", "", "1.5"])
def test_a_price_that_is_none_is_refused_with_a_word(finance, price):
    _, client = finance
    answer = client.post("/admin/gifts/gift/add/", FORM | {"price_coins": price})
    assert answer.status_code == 200
    assert answer.context["adminform"].form.errors
    assert not Gift.objects.filter(sku="moon").exists()
    assert not AuditEvent.objects.filter(action="gift.added").exists()


def test_gifts_are_not_deleted_and_what_was_sent_is_only_looked_at(finance, admin, browser_of, send, bob):
    buy(bob, 10)
    sent = send()
    for client in (finance[1], browser_of(admin)):
        assert (
            client.post(f"/admin/gifts/gift/{sent.gift.gift_id}/delete/", {"post": "yes"}).status_code == 403
        )
        assert client.get("/admin/gifts/gift/").status_code == 200
        assert "bob" in client.get("/admin/gifts/giftsend/").text
        address = f"/admin/gifts/giftsend/{sent.gift.pk}"
        assert client.get(f"{address}/change/").status_code == 200
        assert client.post(f"{address}/change/", {"coins": "0"}).status_code == 403
        assert client.post(f"{address}/delete/", {"post": "yes"}).status_code == 403
