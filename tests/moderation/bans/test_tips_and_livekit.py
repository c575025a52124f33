"""Doors that need an engine of their own behind them: tips with the provider, and rooms with LiveKit."""

import time
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from core.models import OutboxFact
from moderation.bans.services import person_ban, person_time_out
from payments.orders.webhooks import events_handle
from payments.tips.models import Tip
from streams.models import Seat, Stream
from tests.payments.stripe.test_sandbox import PAYS
from tests.streams.livekit.reconcile.site import Site
from tests.streams.livekit.test_handshake import join_request

pytestmark = pytest.mark.django_db(transaction=True)


class TestTips:
    def tip(self, client, stream, **more):
        body = {"amount": 500, "currency": "usd"} | more
        return client.post(f"/api/streams/{stream.pk}/tip", body, format="json")

    def lines(self, client, stream):
        return client.get(f"/api/streams/{stream.pk}/messages").json()["results"]

    def test_who_is_banned_gives_none_and_who_is_timed_out_none_that_says_something(
        self,
        sandbox,
        bob,
        bobs,
        alice,
        live_stream,
    ):
        person_time_out(actor=alice, channel=alice, person=bob)
        named: list[dict[str, Any]] = [{}, {"message": "hi"}, {"message": "hi", "anonymous": True}]
        for more in named:
            assert self.tip(bobs, live_stream, **more).json()["code"] == "timed_out", more
        assert self.tip(bobs, live_stream, anonymous=True).status_code == 201
        person_ban(actor=alice, channel=alice, person=bob)
        for more in (*named, {"anonymous": True}):
            assert self.tip(bobs, live_stream, **more).json()["code"] == "banned", more

    @pytest.mark.parametrize("how", [person_ban, person_time_out])
    def test_one_that_was_ordered_before_shows_neither_words_nor_name_once_it_is_paid(
        self,
        sandbox,
        bob,
        bobs,
        api,
        alice,
        live_stream,
        how,
    ):
        begun = self.tip(bobs, live_stream, message="you will not get rid of me")
        how(actor=alice, channel=alice, person=bob)
        sandbox.open_page(begun.json()["url"], do="pay", card=PAYS)
        sandbox.tell()
        events_handle()
        (line,) = self.lines(api, live_stream)
        assert (line["text"], line["user"], line["card"]["amount"]) == ("", None, 500)
        paid = Tip.objects.get()
        assert (paid.paid_at is not None, paid.pinned_until) == (True, None)
        assert paid.message == "you will not get rid of me", "the team may look"


class TestLiveKit:
    """Tokens, seats, the door that nginx asks, and the room itself."""

    @pytest.fixture
    def on_air(self, site: Site, stream: Stream) -> Stream:
        site.goes_live(stream)
        return stream

    def at_the_door(self, client: Client, token: str, **shown: Any) -> str:
        uri = f"/rtc/v1?access_token={token}&join_request={join_request()}"
        headers = {"X-Original-URI": uri, "X-Original-Method": "GET"}
        answer = client.generic("GET", "/door/livekit", headers=headers, **shown)
        return "" if answer.status_code == 200 else str(answer["X-Door-Refusal"])

    def token(self, client: Client, stream: Stream) -> str:
        return str(client.get(f"/api/streams/{stream.pk}/token").json()["token"])

    def test_every_door(
        self,
        site: Site,
        on_air: Stream,
        alice: User,
        charlie: User,
        browser_of,
        admin: User,
        queue,
        make_user,
    ) -> None:
        browser, other = browser_of(charlie), Client(REMOTE_ADDR="203.0.113.9")
        browser.get(f"/stream/{on_air.pk}")
        inside, unused = self.token(browser, on_air), self.token(browser, on_air)
        nobody = Client()
        nobody.cookies["busk_viewer"] = browser.cookies["busk_viewer"].value
        of_nobody, of_other = self.token(nobody, on_air), self.token(other, on_air)
        assert self.at_the_door(browser, inside) == ""
        site.stub.join_with(inside)
        site.stub.join_with(of_other)
        assert len(site.inside(on_air)) == 3
        queue.waiting.clear()

        since = time.monotonic()
        person_ban(actor=alice, channel=alice, person=charlie, with_networks=True)
        assert len(site.inside(on_air)) == 2, "before any task ran"
        took = time.monotonic() - since
        print(f"{took * 1000:7.0f} ms  out of LiveKit's room")  # noqa: T201 - for the reader of -rP
        assert took < 2
        assert not OutboxFact.objects.exists()
        assert self.at_the_door(browser, unused) == "seat_revoked"
        assert self.at_the_door(nobody, of_nobody) == "seat_revoked"
        for client in (browser, nobody):
            assert client.get(f"/api/streams/{on_air.pk}/token").json()["code"] == "banned"
        # Somebody else's token, handed out elsewhere, from the banned person's network, then in their browser.
        friends = browser_of(make_user("friend"))
        elsewhere = {"REMOTE_ADDR": "203.0.113.77"}
        given = friends.get(f"/api/streams/{on_air.pk}/token", **elsewhere).json()["token"]
        assert self.at_the_door(friends, given) == "banned"
        given = friends.get(f"/api/streams/{on_air.pk}/token", **elsewhere).json()["token"]
        friends.cookies["busk_viewer"] = browser.cookies["busk_viewer"].value
        assert self.at_the_door(friends, given, **elsewhere) == "banned"
        friends.cookies.pop("busk_viewer")
        given = friends.get(f"/api/streams/{on_air.pk}/token", **elsewhere).json()["token"]
        assert self.at_the_door(friends, given, **elsewhere) == ""
        # Staff come in with whatever they come with.
        browser.logout()
        browser.force_login(admin)
        assert self.at_the_door(browser, self.token(browser, on_air)) == ""

        # Who comes back with the token that they had is put out again by the next look.
        site.stub.join_with(inside)
        site.looks_at(on_air)
        assert len(site.inside(on_air)) == 2
        assert Seat.objects.filter(user=charlie, revoked_at=None).count() == 0
