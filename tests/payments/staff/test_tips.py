"""Tips in the admin: found by whatever staff have in hand, and their words taken down for a reason."""

import pytest
from django.contrib.auth.models import Group

from core.models import AuditEvent
from payments.models import Earning
from payments.tips.models import Tip
from tests.payments.books import request

TIPS = "/admin/payments/tip/"
REASON = {"reason": "insults the singer", "confirmed": "yes"}


def chosen(tip):
    return {"action": "take_down", "_selected_action": [str(tip.pk)]}


@pytest.fixture
def moderator(browser_of, make_user):
    user = make_user("molly", is_staff=True)
    user.groups.add(Group.objects.get(name="moderation"))
    return user, browser_of(user)


def test_a_tip_is_found_by_order_words_stream_and_creator(staff, tip, live_stream, alice):
    tip = tip.tip
    for wanted in (tip.pk, tip.order_id, "encor", live_stream.pk, "alice", alice.email, alice.party_id):
        assert str(tip.pk) in staff.get(TIPS, {"q": str(wanted)}).text, wanted
    for wanted in (request(), "bob", "Zugabe", "'; --"):
        assert str(tip.pk) not in staff.get(TIPS, {"q": str(wanted)}).text, wanted
    page = staff.get(f"{TIPS}{tip.pk}/change/").text
    assert "Encore" in page
    assert "5.00 USD" in page


def test_moderation_takes_the_words_down_and_the_money_stays(moderator, tip):
    molly, client = moderator
    tip, earned = tip.tip, Earning.objects.get().amount
    assert 'name="reason"' in client.post(TIPS, chosen(tip)).text
    tip.refresh_from_db()
    assert tip.hidden_at is None, "a reason is asked first"
    assert "1 done, 0 passed over" in client.post(TIPS, {**chosen(tip), **REASON}, follow=True).text
    down = Tip.objects.get(pk=tip.pk)
    assert (down.hidden_by_id, down.pinned_until) == (molly.party_id, None)
    assert down.hidden_at is not None
    assert Earning.objects.get().amount == earned
    told = AuditEvent.objects.get(action="tip.taken_down")
    assert (told.target, told.reason, told.actor_party_id) == (
        f"tip:{tip.pk}",
        REASON["reason"],
        molly.party_id,
    )
    assert "0 done, 1 passed over" in client.post(TIPS, {**chosen(tip), **REASON}, follow=True).text


def test_finance_only_looks_and_nobody_edits(staff, browser_of, admin, tip):
    tip = tip.tip
    staff.post(TIPS, {**chosen(tip), **REASON})
    for client in (staff, browser_of(admin)):
        assert client.post(f"{TIPS}{tip.pk}/change/", {"message": "x"}).status_code == 403
        assert client.post(f"{TIPS}{tip.pk}/delete/", {"post": "yes"}).status_code == 403
        assert client.get(f"{TIPS}add/").status_code == 403
    tip.refresh_from_db()
    assert (tip.hidden_at, tip.message) == (None, "Encore")
