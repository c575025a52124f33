"""A minute for nothing, once, and a few for each network."""

from datetime import datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from core.clients import VIEWER_COOKIE
from core.facts import fact_name
from core.models import OutboxFact
from payments.tickets.access import previews_end, previews_forget
from payments.tickets.models import Preview
from streams.events import ViewerRevoked
from streams.media.relay.gate import gate_load
from streams.media.relay.passes import playlist_pass_read
from streams.models import EndReason, Stream
from streams.services import stream_end
from tests.payments.books import buy as buy_coins
from tests.payments.tickets.conftest import ask, knock

pytestmark = pytest.mark.django_db
NOON = datetime.fromisoformat("2026-11-20T12:00:00+00:00")


def is_put_out(stream: Stream, viewer_id: str) -> bool:
    told = {"stream_id": str(stream.pk), "viewer_id": viewer_id}
    return OutboxFact.objects.filter(name=fact_name(ViewerRevoked), payload=told).exists()


def has_pictures(stream: Stream, url: str) -> bool:
    """Whether playlists at this address are served now."""
    entry = playlist_pass_read(url.split("/")[3], stream_id=stream.pk, now=timezone.now().timestamp())
    return entry is not None and gate_load(stream.pk).admits(entry)


def test_it_begins_with_the_first_entry_and_ends_for_good(on_air, bob, bobs):
    with time_machine.travel(NOON, tick=False) as clock:
        until = (NOON + timedelta(seconds=60)).isoformat().replace("+00:00", "Z")
        assert knock(bobs, on_air) == (200, until)
        clock.shift(40)
        assert knock(bobs, on_air, "token") == (200, until), "leaving does not stop the clock"
        assert previews_end() == 0
        clock.shift(20)
        assert knock(bobs, on_air) == (402, "ticket_required")
        assert previews_end() == 1
        assert is_put_out(on_air, f"u:{bob.pk}")
        assert previews_end() == 0
        clock.shift(3600)
        refused = bobs.post(f"/api/streams/{on_air.pk}/join").json()["details"]
        assert refused == {"help": "buy_ticket", "preview_seconds_left": 0}


def test_its_pictures_end_by_themselves_and_nothing_is_remembered_of_it(on_air, bob, bobs):
    """Also while nothing runs by the clock; and no process reads of it at every look at the gate."""
    soon = timezone.now().replace(microsecond=0) + timedelta(seconds=2)
    with time_machine.travel(soon, tick=False) as clock:
        entered = bobs.post(f"/api/streams/{on_air.pk}/join").json()["playback"]
        clock.shift(40)
        later = bobs.get(f"/api/streams/{on_air.pk}/token").json()["playback"]
        clock.shift(20)
        assert has_pictures(on_air, entered["url"])
        clock.shift(1)
        assert not has_pictures(on_air, entered["url"])
        assert not has_pictures(on_air, later["url"])
        assert previews_end() == 1
        assert gate_load(on_air.pk).revoked == {}
        buy_coins(bob, 1000)
        ask(bobs, on_air, **{"with": "coins"})
        bought = bobs.post(f"/api/streams/{on_air.pk}/join").json()["playback"]
        clock.shift(3600)
        assert has_pictures(on_air, bought["url"])


def test_before_there_are_pictures_there_is_nothing_to_preview(sold, bobs):
    refused = bobs.post(f"/api/streams/{sold.pk}/join").json()
    assert (refused["code"], refused["details"]["preview_seconds_left"]) == ("ticket_required", 60)
    assert not Preview.objects.exists()


def test_what_is_no_entry_begins_none(on_air, bob, api_of):
    on_air.visibility = "followers"
    on_air.save()
    assert knock(api_of(bob), on_air) == (403, "followers_only")
    assert api_of(bob).get(f"/api/streams/{on_air.pk}/messages").status_code == 403
    assert api_of(bob).get(f"/stream/{on_air.pk}").status_code == 200
    assert not Preview.objects.exists()


def test_another_device_has_no_preview_of_its_own(on_air, bob, bobs, api_of):
    assert knock(bobs, on_air)[0] == 200
    assert knock(api_of(bob), on_air) == (402, "ticket_required")


def test_a_network_has_a_few(on_air, settings, api, bob, bobs):
    settings.PREVIEWS_PER_NETWORK = 2
    for _ in range(2):
        api.cookies.clear()
        assert knock(api, on_air)[0] == 200
    api.cookies.clear()
    refused = api.post(f"/api/streams/{on_air.pk}/join").json()
    assert refused["details"]["preview_seconds_left"] == 0
    assert knock(bobs, on_air) == (402, "ticket_required"), "an account is no other network"
    other = api.post(f"/api/streams/{on_air.pk}/join", REMOTE_ADDR="198.51.100.9")
    assert other.status_code == 200
    assert {len(preview.placed_from) for preview in Preview.objects.all()} == {64}


def test_who_signs_in_has_seen_it(on_air, api, bob):
    assert knock(api, on_air)[0] == 200
    anonymous = Preview.objects.get()
    api.post("/accounts/login/", {"login": "bob", "password": "correct horse"})
    assert api.cookies[VIEWER_COOKIE]
    mine = Preview.objects.get(viewer_id=f"u:{bob.pk}")
    assert mine.ends_at == anonymous.ends_at
    with time_machine.travel(mine.ends_at, tick=False):
        assert knock(api, on_air) == (402, "ticket_required")


def test_who_buys_meanwhile_goes_on_on_that_device_only(on_air, bob, bobs, api_of):
    assert knock(bobs, on_air)[0] == 200
    buy_coins(bob, 1000)
    ask(api_of(bob), on_air, **{"with": "coins"})
    Preview.objects.update(ends_at=timezone.now())
    assert previews_end() == 0
    assert not is_put_out(on_air, f"u:{bob.pk}")
    assert knock(bobs, on_air) == (200, None)
    assert knock(api_of(bob), on_air) == (409, "ticket_elsewhere")


def test_without_seconds_there_is_none(on_air, bobs):
    on_air.price.preview_seconds = 0
    on_air.price.save()
    assert knock(bobs, on_air) == (402, "ticket_required")


def test_it_is_forgotten_after_the_stream(on_air, bobs):
    knock(bobs, on_air)
    previews_forget()
    assert Preview.objects.exists()
    stream_end(stream_id=on_air.pk, reason=EndReason.CREATOR)
    with time_machine.travel(timezone.now() + timedelta(days=1, minutes=1)):
        previews_forget()
    assert not Preview.objects.exists()
