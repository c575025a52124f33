"""The door lets each token in once, from where it was handed out, as long as its person may come in."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from livekit import api as livekit_api
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from accounts.blocks import block_create
from accounts.models import User
from accounts.services import follow_create
from accounts.sign_in import login_of
from core.logs import without_secrets
from streams.guests import guest_add
from streams.media.livekit.seats import seat_issue, seats_revoke
from streams.media.livekit.tokens import token_for
from streams.media.port import Person
from streams.models import EndReason, Seat, SeatRole, Stream, StreamVisibility
from streams.services import stream_end, stream_update
from tests.streams.livekit.conftest import KEY, SECRET
from tests.streams.livekit.test_handshake import join_request

pytestmark = pytest.mark.usefixtures("livekit_chosen")
ApiOf = Callable[[User], APIClient]
BrowserOf = Callable[[User], Client]


@dataclass
class Knock:
    """A browser, or somebody's app, before the door; ``token`` is what it was handed last."""

    client: Client
    token: str = ""

    def ask_token(self, stream: Stream) -> "Knock":
        answer = self.client.get(f"/api/streams/{stream.pk}/token")
        assert answer.status_code == 200, answer.content
        self.token = answer.json()["token"]
        return self

    def at(self, uri: str, *, method: str = "GET", **headers: str) -> str:
        """What the door answers: "" for come in, else why not."""
        answer = self.client.get(
            "/door/livekit", headers={"X-Original-URI": uri, "X-Original-Method": method, **headers}
        )
        assert answer["Cache-Control"] == "no-store"
        if answer.status_code == 200:
            return ""
        assert answer.status_code == 403
        assert "X-Door-Token" not in answer
        return answer["X-Door-Refusal"]

    def join(self, token: str = "") -> str:
        return self.at(f"/rtc/v1?access_token={token or self.token}&join_request={join_request()}")

    def ask_first(self, token: str = "") -> str:
        return self.at(f"/rtc/v1/validate?access_token={token or self.token}&join_request={join_request()}")

    def resume(self, sid: str, token: str = "", *, dry: bool = False) -> str:
        request = join_request(reconnect=True, participant_sid=sid)
        path = "/rtc/v1/validate" if dry else "/rtc/v1"
        return self.at(f"{path}?access_token={token or self.token}&join_request={request}")

    @property
    def seat(self) -> Seat:
        claims = livekit_api.TokenVerifier(KEY, SECRET).verify(self.token)
        return Seat.objects.get(identity=claims.identity)


@pytest.fixture
def bobs(browser_of: BrowserOf, bob: User, live_stream: Stream) -> Knock:
    """bob's browser, with a token for alice's live stream."""
    return Knock(browser_of(bob)).ask_token(live_stream)


def seated(stream: Stream, role: SeatRole, person: Person) -> str:
    """A token of a role that no route hands to a browser."""
    seat = seat_issue(stream_id=stream.pk, role=role, person=person)
    return token_for(seat, room=stream.room_name)


def login_holder(client: Client) -> str:
    return f"login:{login_of(client.session.session_key)}"


def renewed(knock: Knock, *, room: str | None = None, seconds: int = 600) -> str:
    """As the server renews tokens for who is inside: signed with our key, for the same identity."""
    seat = knock.seat
    grants = livekit_api.VideoGrants(room_join=True, room=room or seat.stream.room_name, hidden=True)
    token = livekit_api.AccessToken(KEY, SECRET).with_identity(seat.identity).with_grants(grants)
    return token.with_ttl(timedelta(seconds=seconds)).to_jwt()


# --- coming in ---


def test_a_token_lets_its_browser_in_once(bobs: Knock) -> None:
    assert bobs.join() == ""
    assert bobs.seat.admitted_at is not None
    assert bobs.join() == "seat_used"


def test_the_answer_names_the_token_for_livekit(bobs: Knock) -> None:
    """nginx sends on exactly this, so that no other reader finds another one in the address."""
    headers = {
        "X-Original-URI": f"/rtc?access_token={bobs.token}",
        "X-Original-Method": "GET",
    }
    answer = bobs.client.get("/door/livekit", headers=headers)
    assert (answer.status_code, answer["X-Door-Token"]) == (200, bobs.token)


def test_asking_first_uses_nothing_up(bobs: Knock) -> None:
    assert [bobs.ask_first(), bobs.ask_first(), bobs.join()] == ["", "", ""]
    assert bobs.ask_first() == "seat_used"


def test_a_header_will_do(bobs: Knock) -> None:
    assert bobs.at("/rtc?reconnect=0", Authorization=f"Bearer {bobs.token}") == ""


def test_a_second_tab_needs_a_token_of_its_own(bobs: Knock, live_stream: Stream) -> None:
    second = Knock(bobs.client, bobs.token)
    assert bobs.join() == ""
    assert second.join() == "seat_used"
    assert second.ask_token(live_stream).join() == ""


def test_a_copy_opens_nothing_and_spoils_nothing(
    bobs: Knock, browser_of: BrowserOf, bob: User, charlie: User
) -> None:
    """Nor for bob himself, signed in elsewhere."""
    for thief in (Knock(browser_of(charlie)), Knock(Client()), Knock(browser_of(bob))):
        assert thief.join(bobs.token) == "seat_not_yours"
        assert thief.ask_first(bobs.token) == "seat_not_yours"
    assert bobs.join() == ""
    Seat.objects.filter(pk=bobs.seat.pk).update(participant_sid="PA_bob")
    assert Knock(browser_of(charlie)).resume("PA_bob", bobs.token) == "seat_not_yours"


def test_a_browser_without_an_account_is_known_by_its_cookie(live_stream: Stream) -> None:
    visitor = Knock(Client()).ask_token(live_stream)
    assert Knock(Client()).join(visitor.token) == "seat_not_yours"
    assert visitor.join() == ""


def test_an_app_is_known_by_its_network(live_stream: Stream, bob: User, settings: Settings) -> None:
    """LiveKit's clients for phones send neither cookies nor headers of ours."""
    settings.TRUSTED_PROXIES = 1
    person = Person(viewer_id=f"u:{bob.pk}", user_id=bob.pk, holder="net:2001:db8:1:2::")
    token = seated(live_stream, SeatRole.VIEWER, person)
    uri = f"/rtc?access_token={token}"
    elsewhere = {"X-Forwarded-For": "2001:db8:1:2::5, 203.0.113.9"}
    assert Knock(Client()).at(uri, **elsewhere) == "seat_not_yours"
    assert Knock(Client()).at(uri, **{"X-Forwarded-For": "2001:db8:1:2::77"}) == ""


def test_a_stolen_token_does_not_sign_in(bobs: Knock, live_stream: Stream) -> None:
    """The copy's holder may know who bob's login is called, as sockets and logs do; the cookie has to be there."""
    stranger = Client()
    stranger.cookies["sessionid"] = bobs.seat.login
    assert Knock(stranger).join(bobs.token) == "seat_not_yours"


# --- tokens ---


def test_no_token_at_all(bobs: Knock) -> None:
    assert bobs.at("/rtc?reconnect=0") == "token_missing"
    assert bobs.at("/rtc") == "token_missing"


def test_a_token_of_another_key(bobs: Knock) -> None:
    forged = livekit_api.AccessToken(KEY, "another-secret-of-thirty-two-bytes!!").with_identity(
        bobs.seat.identity
    )
    grants = livekit_api.VideoGrants(room_join=True, room=bobs.seat.stream.room_name)
    assert bobs.join(forged.with_grants(grants).to_jwt()) == "token_invalid"
    forged = livekit_api.AccessToken("other", SECRET).with_identity(bobs.seat.identity)
    assert bobs.join(forged.with_grants(grants).to_jwt()) == "token_invalid"
    assert bobs.join() == ""


def test_a_token_that_is_for_something_else(bobs: Knock) -> None:
    webhook = livekit_api.AccessToken(KEY, SECRET).with_sha256("x").to_jwt()
    assert bobs.join(webhook) == "token_invalid"
    admin = livekit_api.AccessToken(KEY, SECRET).with_grants(livekit_api.VideoGrants(room_list=True)).to_jwt()
    assert bobs.join(admin) == "token_invalid"


@pytest.mark.parametrize(("seconds", "refusal"), [(150, ""), (200, "token_expired")])
def test_an_old_token(bobs: Knock, seconds: int, refusal: str) -> None:
    """Two minutes, and the minute of leeway that LiveKit gives too."""
    with time_machine.travel(timezone.now() + timedelta(seconds=seconds), tick=False):
        assert bobs.join() == refusal


def test_a_token_for_another_room(bobs: Knock, charlie: User) -> None:
    assert bobs.ask_first(renewed(bobs, room=f"stream-{'0' * 32}")) == "room_other"
    assert bobs.ask_first(renewed(bobs, room="someone-elses")) == "room_not_ours"


def test_a_renewed_token_is_no_new_one(bobs: Knock) -> None:
    """The server hands fresh tokens to who is inside; a new connection with one is still the old seat."""
    assert bobs.join() == ""
    assert bobs.join(renewed(bobs)) == "seat_used"
    assert bobs.ask_first(renewed(bobs)) == "seat_used"


def test_nothing_but_handshakes(bobs: Knock) -> None:
    for uri in ("/twirp/livekit.RoomService/ListRooms", "/rtc/", "//rtc", "/", "", "/whip/v1/"):
        assert bobs.at(f"{uri}?access_token={bobs.token}") == "malformed_path"
    assert bobs.at(f"/rtc?access_token={bobs.token}&access_token={bobs.token}") == "malformed_parameters"
    assert bobs.at(f"/rtc?access_token={bobs.token}", method="POST") == "malformed_method"
    assert bobs.join() == ""


def test_nobody_else_asks(bobs: Knock) -> None:
    assert bobs.client.get("/door/livekit").status_code == 403
    assert bobs.client.post("/door/livekit").status_code == 405


# --- coming back ---


def test_whoever_lost_the_connection_resumes(bobs: Knock) -> None:
    assert bobs.resume("PA_bob") == "seat_never_admitted"
    assert bobs.join() == ""
    assert bobs.resume("PA_bob") == "", "the server has not shown yet who bob is there"
    Seat.objects.filter(pk=bobs.seat.pk).update(participant_sid="PA_bob")
    assert bobs.resume("PA_bob") == ""
    assert bobs.resume("PA_bob", renewed(bobs)) == ""
    assert bobs.resume("PA_bob", dry=True) == ""
    assert bobs.at(f"/rtc?access_token={bobs.token}&reconnect=1&sid=PA_bob") == ""


def test_a_session_of_somebody_else_is_not_resumed(bobs: Knock) -> None:
    bobs.join()
    Seat.objects.filter(pk=bobs.seat.pk).update(participant_sid="PA_bob")
    assert bobs.resume("PA_other") == "seat_of_another"
    assert bobs.resume("") == "seat_of_another"
    assert bobs.resume("PA_other", dry=True) == "seat_of_another"
    assert bobs.at(f"/rtc?access_token={bobs.token}&reconnect=1") == "seat_of_another"


def test_who_was_seen_inside_does_not_come_in_again(bobs: Knock) -> None:
    """Also where the server was reached past the door."""
    Seat.objects.filter(pk=bobs.seat.pk).update(participant_sid="PA_bob")
    assert bobs.join() == "seat_used"


# --- people who may not, or not any more ---


def test_a_kick_is_for_good(bobs: Knock, live_stream: Stream) -> None:
    second = Knock(bobs.client).ask_token(live_stream)
    assert bobs.join() == ""
    seats_revoke(stream_id=live_stream.pk, viewer_id=bobs.seat.viewer_id)
    assert bobs.join() == "seat_revoked"
    assert bobs.resume("PA_bob") == "seat_revoked"
    assert bobs.resume("PA_bob", renewed(bobs)) == "seat_revoked"
    assert bobs.join(renewed(bobs)) == "seat_revoked"
    assert second.join() == "seat_revoked", "another tab, which had not come in yet"


def test_who_is_blocked_stays_out(bobs: Knock, alice: User, bob: User) -> None:
    """By access's word alone: nobody has revoked the seat yet."""
    block_create(blocker=alice, blocked=bob)
    assert bobs.ask_first() == "forbidden"
    assert bobs.join() == "forbidden"


def test_who_is_blocked_does_not_come_back(bobs: Knock, alice: User, bob: User) -> None:
    bobs.join()
    block_create(blocker=alice, blocked=bob)
    assert bobs.resume("PA_bob") == "forbidden"


def test_who_is_suspended_stays_out(bobs: Knock, bob: User) -> None:
    User.objects.filter(pk=bob.pk).update(is_active=False)
    assert bobs.join() == "seat_suspended"


def test_a_stream_that_is_over(bobs: Knock, live_stream: Stream) -> None:
    stream_end(stream_id=live_stream.pk, reason=EndReason.CREATOR)
    assert bobs.join() == "stream_ended"


def test_another_audience(bobs: Knock, live_stream: Stream, alice: User, bob: User) -> None:
    stream_update(stream_id=live_stream.pk, visibility=StreamVisibility.FOLLOWERS)
    assert bobs.ask_first() == "followers_only"
    follow_create(follower=bob, creator=alice)
    assert bobs.join() == ""


# --- who publishes ---


def test_a_broadcaster_comes_in_before_the_stream_is_live(
    stream: Stream, alice: User, browser_of: BrowserOf
) -> None:
    studio = Knock(browser_of(alice))
    holder = login_holder(studio.client)
    person = Person(viewer_id=f"u:{alice.pk}", user_id=alice.pk, holder=holder)
    studio.token = seated(stream, SeatRole.BROADCASTER, person)
    assert studio.join() == ""


def test_a_broadcaster_who_may_not_go_live_any_more(
    live_stream: Stream, alice: User, browser_of: BrowserOf, settings: Settings
) -> None:
    studio = Knock(browser_of(alice))
    person = Person(viewer_id=f"u:{alice.pk}", user_id=alice.pk, holder=login_holder(studio.client))
    studio.token = seated(live_stream, SeatRole.BROADCASTER, person)
    settings.GO_LIVE = "approved"
    assert studio.join() == "not_approved"


def test_nobody_broadcasts_on_anothers_stream(live_stream: Stream, bob: User, browser_of: BrowserOf) -> None:
    studio = Knock(browser_of(bob))
    person = Person(viewer_id=f"u:{bob.pk}", user_id=bob.pk, holder=login_holder(studio.client))
    studio.token = seated(live_stream, SeatRole.BROADCASTER, person)
    assert studio.join() == "forbidden"


def encoder(stream: Stream, alice: User) -> tuple[Knock, dict[str, str]]:
    person = Person(viewer_id=f"u:{alice.pk}", user_id=alice.pk, holder="net:127.0.0.1")
    token = seated(stream, SeatRole.ENCODER, person)
    return Knock(Client(), token), {"Authorization": f"Bearer {token}"}


def test_an_encoder_publishes_by_whip(stream: Stream, alice: User) -> None:
    knock, bearer = encoder(stream, alice)
    assert knock.at("/whip/v1", method="OPTIONS") == ""
    assert knock.at("/whip/v1/PA_obs", method="PATCH", **bearer) == "seat_never_admitted"
    assert knock.at("/whip/v1", method="POST", **bearer) == ""
    assert knock.at("/whip/v1", method="POST", **bearer) == "seat_used"
    Seat.objects.filter(pk=knock.seat.pk).update(participant_sid="PA_obs")
    assert knock.at("/whip/v1/PA_obs", method="PATCH", **bearer) == ""
    assert knock.at("/whip/v1/PA_other", method="DELETE", **bearer) == "seat_of_another"
    assert knock.at("/whip/v1/PA_obs", method="DELETE", **bearer) == ""


def test_a_viewer_does_not_publish(bobs: Knock) -> None:
    assert bobs.at("/whip/v1", method="POST", Authorization=f"Bearer {bobs.token}") == "seat_watches"


# --- what it costs ---


def invite(stream: Stream, bob: User) -> None:
    stream_update(stream_id=stream.pk, visibility=StreamVisibility.INVITED)
    guest_add(stream=stream, username=bob.username)


def followers(stream: Stream, bob: User) -> None:
    stream_update(stream_id=stream.pk, visibility=StreamVisibility.FOLLOWERS)
    assert stream.creator is not None
    follow_create(follower=bob, creator=stream.creator)


@pytest.mark.parametrize(
    ("audience", "queries"),
    [
        (None, 2),  # the seat with stream and person, who blocked them
        (followers, 3),  # and whom they follow
        (invite, 3),  # and whether they were invited
    ],
)
def test_coming_in_costs_three_queries_at_most(
    live_stream: Stream,
    bob: User,
    browser_of: BrowserOf,
    audience: Any,
    queries: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    if audience is not None:
        audience(live_stream, bob)
    knock = Knock(browser_of(bob)).ask_token(live_stream)
    with django_assert_num_queries(queries):
        assert knock.ask_first() == ""
    with django_assert_num_queries(queries):
        assert knock.join() == ""
    with django_assert_num_queries(queries):
        assert knock.resume("PA_bob") == ""


def test_without_an_account_it_costs_two(
    live_stream: Stream, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    visitor = Knock(Client()).ask_token(live_stream)
    with django_assert_num_queries(2):  # the seat with its stream; whether the network is banned
        assert visitor.join() == ""


def test_publishing_costs_three(
    stream: Stream, alice: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    knock, bearer = encoder(stream, alice)
    # The seat with stream and person, the confirmed address, a hold by staff.
    with django_assert_num_queries(3):
        assert knock.at("/whip/v1", method="POST", **bearer) == ""


def test_refusals_cost_two_at_most(bobs: Knock, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    bobs.join()
    with django_assert_num_queries(2):  # no such seat is open, and why not
        assert bobs.join() == "seat_used"
    with django_assert_num_queries(0):
        assert bobs.join("aaa.bbb.ccc") == "token_invalid"
    with django_assert_num_queries(0):
        assert bobs.at("/twirp/x") == "malformed_path"


# --- what logs get to know ---


def test_logs_say_why_and_never_what(bobs: Knock, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("DEBUG"):
        bobs.join()
        bobs.join()
    assert "shut: seat_used" in caplog.text
    assert bobs.token not in caplog.text
    assert "access_token" not in caplog.text


@pytest.mark.parametrize(
    "line",
    [
        "X-Original-URI: /rtc?join_request=secret&sdk=js",
        "{'HTTP_X_ORIGINAL_URI': '/rtc?reconnect=1&sid=secret'}",
        "<Headers {'X-Door-Token': 'aaa.secret.ccc'}>",
        "GET /rtc/v1/validate?access_token=aaa.secret.ccc",
    ],
)
def test_a_line_with_a_handshake_is_blanked(line: str) -> None:
    assert "secret" not in without_secrets(line)
