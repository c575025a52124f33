"""What is noted of who comes in, and whom a ban of networks keeps out by it."""

from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.db import connection
from django.utils import timezone

from accounts.erasure import account_erase
from core.models import AuditEvent
from moderation.bans.errors import NetworkShared
from moderation.bans.evasion import old_forget, seen
from moderation.bans.models import Ban, NetworkBan, Sighting
from moderation.bans.people import export
from moderation.bans.services import person_ban, person_unban
from moderation.errors import Banned, NotYourPlace
from streams.access import Action, decide
from streams.viewers import Viewer
from tests.conftest import viewer_of

pytestmark = pytest.mark.django_db
COOKIE = "busk_viewer"
HOME, LIBRARY = "198.51.100.7", "192.0.2.99"


def comes(user=None, *, network="", browser="", viewer_id="") -> Viewer:
    viewer_id = viewer_id or (f"u:{user.pk}" if user else f"a:{browser or network}")
    return Viewer(user=user, viewer_id=viewer_id, network=network, browser=browser)


def gets_in(viewer, stream) -> bool:
    return decide(viewer=viewer, stream=stream, action=Action.ENTER).refusal is None


def test_who_comes_in_is_noted_once_an_hour_and_never_in_clear(api, api_of, alice, bob, live_stream):
    url = f"/api/streams/{live_stream.pk}/join"
    alices = api_of(alice)
    for client in (api, api_of(bob), alices):
        for _ in range(3):
            assert client.post(url, REMOTE_ADDR=HOME).status_code == 200
    # Each by address, then by the cookie that they were handed; the creator not at all.
    noted = set(Sighting.objects.values_list("viewer_id", "kind", "person"))
    assert noted == {
        (f"a:{api.cookies[COOKIE].value.partition(':')[0]}", "address", None),
        (f"a:{api.cookies[COOKIE].value.partition(':')[0]}", "device", None),
        (f"u:{bob.pk}", "address", bob.pk),
        (f"u:{bob.pk}", "device", bob.pk),
    }
    assert Sighting.objects.values("hash").distinct().count() == 3
    first = Sighting.objects.latest("seen_at").seen_at
    with time_machine.travel(timezone.now() + timedelta(minutes=61)):
        api.post(url, REMOTE_ADDR=HOME)
    assert Sighting.objects.count() == 4
    assert Sighting.objects.latest("seen_at").seen_at > first
    person_ban(actor=alice, channel=alice, person=bob, with_networks=True)
    with connection.cursor() as cursor:
        for table in ("moderation_sighting", "moderation_networkban", "core_auditevent", "core_outboxfact"):
            cursor.execute(f"SELECT {table}::text FROM {table}")
            assert HOME not in str(cursor.fetchall())
    assert HOME not in repr(comes(bob, network=HOME))


def test_the_cookie_is_the_browsers_whoever_is_signed_in(client, bob, charlie, live_stream):
    page = f"/stream/{live_stream.pk}"
    client.force_login(bob)
    client.get(page)
    browser = client.cookies[COOKIE].value
    client.post("/accounts/logout/")
    client.get(page)
    client.force_login(charlie)
    client.get(page)
    assert client.cookies[COOKIE].value == browser
    join = f"/api/streams/{live_stream.pk}/join"
    client.post(join, content_type="application/json")
    client.force_login(bob)
    client.post(join, content_type="application/json")
    devices = Sighting.objects.filter(kind="device")
    assert set(devices.values_list("person", flat=True)) == {bob.pk, charlie.pk}
    assert devices.values("hash").distinct().count() == 1


def test_it_keeps_out_whoever_comes_with_it_but_for_those_who_belong_there(
    alice, lead, moderator, admin, bob, charlie, live_stream
):
    seen(comes(bob, network=HOME, browser="bobs"), live_stream)
    ban = person_ban(actor=lead, channel=alice, person=bob, reason="spam", with_networks=True)
    noted = AuditEvent.objects.get(action="network.banned")
    assert noted.after == {"addresses": 1, "browsers": 1, "left_out": 0}
    for came in (
        comes(network=HOME),
        comes(browser="bobs"),
        comes(charlie, network=HOME, browser="another"),
        comes(charlie, network="203.0.113.1", browser="bobs"),
    ):
        refusal = decide(viewer=came, stream=live_stream, action=Action.ENTER).refusal
        assert isinstance(refusal, Banned)
        assert refusal.details == {}, "whose ban it is, is nobody else's business"
    for member in (alice, lead, moderator, admin):
        assert gets_in(comes(member, network=HOME, browser="bobs"), live_stream)
    assert gets_in(comes(charlie, network="203.0.113.1", browser="charlies"), live_stream)
    with time_machine.travel(timezone.now() + timedelta(days=31)):
        assert gets_in(comes(charlie, network=HOME), live_stream)
        assert not gets_in(viewer_of(bob), live_stream)
        old_forget()
        assert not NetworkBan.objects.exists()
        assert not Sighting.objects.exists()
    assert Ban.objects.get() == ban
    person_ban(actor=lead, channel=alice, person=bob, reason="spam")


def test_unbanning_lifts_it(alice, bob, charlie, live_stream):
    seen(comes(bob, network=HOME), live_stream)
    person_ban(actor=alice, channel=alice, person=bob, with_networks=True)
    assert not gets_in(comes(charlie, network=HOME), live_stream)
    person_unban(actor=alice, channel=alice, person=bob)
    assert gets_in(comes(charlie, network=HOME), live_stream)


def test_what_many_use_is_not_banned_with_one(alice, lead, bob, make_user, live_stream, settings):
    settings.EVASION_ACCOUNTS = 2
    for number in range(2):
        seen(comes(make_user(f"reader{number}"), network=LIBRARY), live_stream)
    seen(comes(bob, network=LIBRARY), live_stream)
    with pytest.raises(NetworkShared) as refused:
        person_ban(actor=lead, channel=alice, person=bob, with_networks=True)
    assert refused.value.details == {"accounts": 3, "most": 2}
    assert not Ban.objects.exists(), "nothing is half done"
    # Who shows up in a library as well is banned with what is theirs alone.
    seen(comes(bob, network=HOME, browser="bobs"), live_stream)
    person_ban(actor=lead, channel=alice, person=bob, with_networks=True)
    assert gets_in(comes(network=LIBRARY), live_stream)
    assert not gets_in(comes(network=HOME), live_stream)
    assert (AuditEvent.objects.get(action="network.banned").after or {})["left_out"] == 1


def test_longer_ago_than_a_month_is_forgotten(alice, bob, live_stream):
    with time_machine.travel(timezone.now() - timedelta(days=31)):
        seen(comes(bob, network=HOME), live_stream)
    person_ban(actor=alice, channel=alice, person=bob, with_networks=True)
    assert not NetworkBan.objects.exists()
    assert Ban.objects.exists()


def test_another_key_makes_other_hashes(alice, bob, live_stream, settings):
    seen(comes(bob, network=HOME), live_stream)
    person_ban(actor=alice, channel=alice, person=bob, with_networks=True)
    settings.EVASION_KEY = "a key of its own, of 32 characters"
    assert gets_in(comes(network=HOME), live_stream)
    settings.EVASION_KEY = ""
    assert not gets_in(comes(network=HOME), live_stream)


def test_moderators_do_not_ban_networks(alice, moderator, bob):
    with pytest.raises(NotYourPlace):
        person_ban(actor=moderator, channel=alice, person=bob, with_networks=True)
    assert not Ban.objects.exists()


def test_what_is_known_of_a_person_is_theirs_and_goes_with_them(alice, bob, live_stream):
    seen(comes(bob, network=HOME, browser="bobs"), live_stream)
    person_ban(actor=alice, channel=alice, person=bob, reason="spam", with_networks=True)
    told = export(bob)["bans.json"].decode()
    assert '"reason": "spam"' in told
    assert '"channel__username": "alice"' in told
    assert '"person__username": "bob"' in export(alice)["bans.json"].decode()
    account_erase(user=bob)
    assert not Sighting.objects.exists()
    assert not Ban.objects.exists()
    # Or leaving and coming back were a way around it.
    assert NetworkBan.objects.filter(ban=None, channel=alice).count() == 2
    assert not gets_in(comes(network=HOME), live_stream)
    account_erase(user=alice)
    assert not NetworkBan.objects.exists()


def test_no_address_is_no_network(alice, bob, live_stream):
    seen(comes(bob), live_stream)
    assert not Sighting.objects.exists()
    assert settings.EVASION_KEY == ""
