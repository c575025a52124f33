"""What each role of staff may do in the admin, and what it may not."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from accounts.models import User
from chat.models import AuthorRole, ChatMessage
from chat.services import Line, messages_accept
from config.roles import roles_sync
from core.models import AuditEvent
from streams.models import Stream

PLACES = {
    "users": "/admin/accounts/user/",
    "streams": "/admin/streams/stream/",
    "sessions": "/admin/streams/viewersession/",
    "messages": "/admin/chat/chatmessage/",
    "keys": "/admin/streams/streamkey/",
    "audit": "/admin/core/auditevent/",
    "orders": "/admin/payments/order/",
    "receipts": "/admin/payments/receipt/",
    "requests": "/admin/payments/refundrequest/",
    "disputes": "/admin/payments/chargeback/",
    "wallets": "/admin/payments/wallet/",
    "ledger": "/admin/payments/transaction/",
    "packs": "/admin/payments/coinpack/",
    "tips": "/admin/payments/tip/",
    "tickets": "/admin/payments/ticket/",
    "prices": "/admin/payments/streamprice/",
    "promo codes": "/admin/payments/promocode/",
    "cases": "/admin/moderation/case/",
    "appeals": "/admin/moderation/appeal/",
    "decisions": "/admin/moderation/decision/",
    "holds": "/admin/moderation/golivehold/",
    "gifts": "/admin/gifts/gift/",
    "gifts sent": "/admin/gifts/giftsend/",
    "groups": "/admin/auth/group/",
}
READS = {
    "support": {"users"},
    "moderation": {"streams", "sessions", "messages", "tips", "cases", "appeals", "decisions", "holds"},
    "finance": {
        "orders",
        "receipts",
        "requests",
        "disputes",
        "wallets",
        "ledger",
        "gifts",
        "gifts sent",
        "tips",
        "tickets",
        "prices",
        "promo codes",
    },
    "superuser": set(PLACES),
}
EDITS = {"finance": {"gifts"}}
DOES = {
    "support": {"suspend", "reinstate"},
    "moderation": {"stop"},
    "finance": set(),
    "superuser": {"suspend", "reinstate", "stop"},
}
REASON = {"reason": "spam in every room", "confirmed": "yes"}


@pytest.fixture
def staff_of(make_user: Callable[..., User], browser_of: Callable[[User], Client]) -> Callable[[str], Client]:
    def client(role: str) -> Client:
        user = make_user(f"of-{role}", is_staff=True, is_superuser=role == "superuser")
        if role != "superuser":
            user.groups.add(Group.objects.get(name=role))
        return browser_of(user)

    return client


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("role", READS)
def test_a_role_reads_what_it_needs(staff_of, role, place):
    expected = 200 if place in READS[role] else 403
    if (place, role) == ("groups", "superuser"):
        expected = 200
    assert staff_of(role).get(PLACES[place]).status_code == expected


@pytest.mark.parametrize("role", READS)
def test_a_role_changes_no_more_by_form_than_it_needs(staff_of, bob, live_stream, role):
    client = staff_of(role)
    if role == "superuser":
        return
    for place, address in PLACES.items():
        expected = 200 if place in EDITS.get(role, ()) else 403
        assert client.get(f"{address}add/").status_code == expected
    assert client.post(f"/admin/accounts/user/{bob.pk}/change/", {"is_superuser": "on"}).status_code == 403
    assert client.post(f"/admin/accounts/user/{bob.pk}/delete/", {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("action", ["suspend", "reinstate", "stop"])
@pytest.mark.parametrize("role", DOES)
def test_a_role_does_what_it_needs_and_says_why(staff_of, bob, live_stream, role, action):
    if action == "reinstate":
        User.objects.filter(pk=bob.pk).update(is_active=False)
    place, chosen = ("streams", live_stream.pk) if action == "stop" else ("users", bob.pk)
    staff_of(role).post(PLACES[place], {"action": action, "_selected_action": [str(chosen)], **REASON})
    may = action in DOES[role]
    bob.refresh_from_db()
    live_stream.refresh_from_db()
    done = {"suspend": not bob.is_active, "reinstate": bob.is_active, "stop": live_stream.is_over}[action]
    assert done is may
    reasons = [event.reason for event in AuditEvent.objects.filter(action__in=ACTIONS_RECORDED)]
    assert reasons == ([REASON["reason"]] if may else [])


ACTIONS_RECORDED = ["user.suspended", "user.reinstated", "stream.stopped"]


@pytest.mark.parametrize("reason", [None, "", "   x   "])
def test_without_a_reason_nothing_happens_but_a_question(staff_of, bob, reason):
    said = {} if reason is None else {"reason": reason, "confirmed": "yes"}
    answer = staff_of("support").post(
        PLACES["users"], {"action": "suspend", "_selected_action": [str(bob.pk)], **said}
    )
    bob.refresh_from_db()
    assert bob.is_active
    assert 'name="reason"' in answer.text
    assert f'value="{bob.pk}"' in answer.text


def test_support_cannot_close_the_accounts_of_staff(staff_of, admin, bob):
    chosen = {"action": "suspend", "_selected_action": [str(admin.pk), str(bob.pk)]}
    answer = staff_of("support").post(PLACES["users"], {**chosen, **REASON}, follow=True)
    assert set(User.objects.filter(is_active=False)) == {bob}
    assert "1 done, 1 passed over" in answer.text


def test_who_may_only_look_sees_no_hash_of_a_password(staff_of, bob):
    page = staff_of("support").get(f"/admin/accounts/user/{bob.pk}/change/").text
    assert bob.email in page
    assert bob.password not in page
    assert bob.password.split("$")[-1] not in page


def test_pages_link_to_what_belongs_to_them_where_one_may_go(staff_of, alice, bob, live_stream: Stream):
    line = Line(
        user_id=bob.pk, party_id=bob.party_id, name="bob", role=AuthorRole.VIEWER, client_id="a", text="hello"
    )
    messages_accept(stream_id=live_stream.pk, lines=[line])
    message = ChatMessage.objects.get()
    anybody = staff_of("superuser")
    person = anybody.get(f"/admin/accounts/user/{alice.pk}/change/").text
    stream = anybody.get(f"/admin/streams/stream/{live_stream.pk}/change/").text
    said = anybody.get(f"/admin/chat/chatmessage/{message.pk}/change/").text
    links = [
        (person, f"/admin/streams/stream/?creator__id__exact={alice.pk}"),
        (person, f"/admin/streams/viewersession/?party__id__exact={alice.party_id}"),
        (person, f"/admin/chat/chatmessage/?party__id__exact={alice.party_id}"),
        (person, f"/admin/core/auditevent/?target=user%3A{alice.pk}"),
        (stream, f"/admin/streams/viewersession/?stream__id__exact={live_stream.pk}"),
        (stream, f"/admin/chat/chatmessage/?stream__id__exact={live_stream.pk}"),
        (said, f"/admin/accounts/user/{bob.pk}/change/"),
    ]
    for page, link in links:
        assert f'href="{link}"' in page
        assert anybody.get(link).status_code == 200
    assert (
        "/admin/streams/stream/"
        not in staff_of("support").get(f"/admin/accounts/user/{alice.pk}/change/").text
    )


def test_roles_have_exactly_what_they_need_and_are_set_back_to_it(db):
    Group.objects.get(name="finance").permissions.set(Group.objects.get(name="support").permissions.all())
    roles_sync()
    found = {
        group.name: {f"{p.content_type.app_label}.{p.codename}" for p in group.permissions.all()}
        for group in Group.objects.all()
    }
    assert found == {
        "support": {"accounts.view_user", "accounts.suspend_user"},
        "moderation": {
            "streams.view_stream",
            "streams.stop_stream",
            "streams.view_viewersession",
            "chat.view_chatmessage",
            "moderation.view_case",
            "moderation.decide_case",
            "moderation.add_term",
            "moderation.delete_term",
            "moderation.view_term",
            "moderation.view_decision",
            "moderation.view_appeal",
            "moderation.view_statement",
            "moderation.view_strike",
            "moderation.view_golivehold",
            "moderation.view_legalnotice",
            "moderation.view_ban",
            "moderation.view_unbanrequest",
            "payments.view_tip",
            "payments.take_down_tip",
        },
        "finance": {
            "gifts.view_gift",
            "gifts.add_gift",
            "gifts.change_gift",
            "gifts.view_giftsend",
            "payments.view_order",
            "payments.view_payment",
            "payments.view_refund",
            "payments.add_refund",
            "payments.view_refundrequest",
            "payments.approve_refund",
            "payments.view_chargeback",
            "payments.answer_dispute",
            "payments.view_receipt",
            "payments.view_providerevent",
            "payments.view_fraudwarning",
            "payments.view_wallet",
            "payments.freeze_wallet",
            "payments.view_account",
            "payments.view_transaction",
            "payments.view_coinlot",
            "payments.view_earning",
            "payments.view_ledgercheck",
            "payments.view_senderalert",
            "payments.view_sharedcard",
            "payments.view_tip",
            "payments.view_ticket",
            "payments.view_streamprice",
            "payments.view_promocode",
        },
    }
