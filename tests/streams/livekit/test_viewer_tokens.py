"""What a viewer is handed when LiveKit is the engine: a token for one participant, for those whom access lets in."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import jwt
import pytest
import time_machine
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from accounts.blocks import block_create
from accounts.models import User
from streams.media.livekit.seats import seats_recount
from streams.models import EndReason, Seat, Stream, StreamVisibility
from streams.services import stream_end, stream_update
from tests.streams.livekit.conftest import KEY, PUBLIC_URL, SECRET

pytestmark = pytest.mark.usefixtures("livekit_chosen")
ApiOf = Callable[[User], APIClient]


def claims_of(token: str) -> dict[str, Any]:
    return jwt.decode(token, SECRET, algorithms=["HS256"], issuer=KEY)


def test_a_viewer_may_only_watch_and_is_hidden(live_stream: Stream, bob: User, api_of: ApiOf) -> None:
    answer = api_of(bob).get(f"/api/streams/{live_stream.pk}/token").json()
    assert answer["wsUrl"] == PUBLIC_URL == answer["playback"]["url"]
    assert answer["token"] == answer["playback"]["token"]
    assert answer["playback"]["kind"] == "webrtc"
    claims = claims_of(answer["token"])
    assert claims["sub"] == answer["playback"]["identity"]
    assert claims["video"] == {
        "roomJoin": True,
        "room": live_stream.room_name,
        "canPublish": False,
        "canPublishData": False,
        "canSubscribe": True,
        "canUpdateOwnMetadata": False,
        "hidden": True,
    } | {name: claims["video"][name] for name in claims["video"] if claims["video"][name] in (None, [])}


def test_no_token_lives_longer_than_minutes(live_stream: Stream, bob: User, api_of: ApiOf) -> None:
    claims = claims_of(api_of(bob).get(f"/api/streams/{live_stream.pk}/token").json()["token"])
    assert 60 <= claims["exp"] - claims["nbf"] <= 300


def test_each_token_makes_another_participant(live_stream: Stream, bob: User, api_of: ApiOf) -> None:
    api = api_of(bob)
    identities = {
        api.get(f"/api/streams/{live_stream.pk}/token").json()["playback"]["identity"] for _ in range(3)
    }
    assert len(identities) == 3 == Seat.objects.filter(user=bob, revoked_at=None).count()


def test_what_a_tab_leaves_is_void(live_stream: Stream, bob: User, api_of: ApiOf) -> None:
    api = api_of(bob)
    first = api.get(f"/api/streams/{live_stream.pk}/token").json()["playback"]["identity"]
    api.get(f"/api/streams/{live_stream.pk}/token?leaving={first}")
    assert Seat.objects.get(identity=first).revoked_at is not None
    assert Seat.objects.filter(user=bob, revoked_at=None).count() == 1


def test_nobody_makes_anothers_seat_void(
    live_stream: Stream, bob: User, charlie: User, api_of: ApiOf
) -> None:
    identity = api_of(bob).get(f"/api/streams/{live_stream.pk}/token").json()["playback"]["identity"]
    api_of(charlie).get(f"/api/streams/{live_stream.pk}/token?leaving={identity}")
    assert Seat.objects.get(identity=identity).revoked_at is None


def test_a_browser_without_an_account_has_a_seat_by_its_cookie(live_stream: Stream, api: APIClient) -> None:
    answer = api.post(f"/api/streams/{live_stream.pk}/join", {}, format="json").json()
    seat = Seat.objects.get(identity=answer["playback"]["identity"])
    assert seat.user is None
    assert seat.bound_to.startswith("viewer:")
    assert seat.viewer_id == f"a:{seat.bound_to.removeprefix('viewer:')}"


def test_a_browsers_sign_in_holds_its_seat(live_stream: Stream, bob: User, api_of: ApiOf) -> None:
    api_of(bob).get(f"/api/streams/{live_stream.pk}/token")
    seat = Seat.objects.get(user=bob)
    assert seat.bound_to == f"login:{seat.login}"
    assert seat.login


def test_nothing_to_watch_is_no_token(stream: Stream, bob: User, api_of: ApiOf) -> None:
    answer = api_of(bob).get(f"/api/streams/{stream.pk}/token").json()
    assert answer == {"playback": None, "expires_at": None, "token": None, "wsUrl": None, "admission": None}
    assert not Seat.objects.exists()


def test_who_may_not_enter_gets_none(live_stream: Stream, alice: User, bob: User, api_of: ApiOf) -> None:
    block_create(blocker=alice, blocked=bob)
    assert api_of(bob).get(f"/api/streams/{live_stream.pk}/token").status_code == 403
    stream_update(stream_id=live_stream.pk, visibility=StreamVisibility.FOLLOWERS)
    stream_end(stream_id=live_stream.pk, reason=EndReason.CREATOR)
    assert not Seat.objects.exists()


def test_a_full_room_is_said_before_the_server_says_it(
    live_stream: Stream, alice: User, bob: User, charlie: User, api_of: ApiOf, livekit_chosen: Settings
) -> None:
    livekit_chosen.LIVEKIT_ROOM_CAPACITY = 2
    for _ in range(3):  # somebody who asks again and again is one person
        assert api_of(bob).get(f"/api/streams/{live_stream.pk}/token").status_code == 200
    assert seats_recount([live_stream.pk]) == {live_stream.pk: 1}
    assert api_of(alice).get(f"/api/streams/{live_stream.pk}/token").status_code == 200
    refused = api_of(charlie).get(f"/api/streams/{live_stream.pk}/token")
    assert (refused.status_code, refused.json()["code"]) == (503, "media_full")
    # Whoever did not come with their token in time takes no place any more.
    with time_machine.travel(timezone.now() + timedelta(minutes=5), tick=False):
        assert seats_recount([live_stream.pk]) == {live_stream.pk: 0}
    assert api_of(charlie).get(f"/api/streams/{live_stream.pk}/token").status_code == 200


def test_a_token_costs_three_queries_at_most(
    live_stream: Stream, bob: User, api_of: ApiOf, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    api = api_of(bob)
    for _ in range(2):  # what they came with is noted, then with their cookie
        api.get(f"/api/streams/{live_stream.pk}/token")
    with django_assert_num_queries(
        3
    ):  # the person, whether they are shut out, the seat; session and stream are cached
        api.get(f"/api/streams/{live_stream.pk}/token")


def test_the_guides_route_answers_livekits_token(live_stream: Stream, bob: User, api_of: ApiOf) -> None:
    body = {"roomName": live_stream.room_name, "role": "viewer"}
    answer = api_of(bob).post("/api/live/token", body, format="json").json()
    assert answer["wsUrl"] == PUBLIC_URL
    assert claims_of(answer["token"])["video"]["room"] == live_stream.room_name


def test_without_the_server_a_broadcaster_is_told_so(stream: Stream, alice: User, api_of: ApiOf) -> None:
    answer = api_of(alice).get(f"/api/streams/{stream.pk}/broadcast-token")
    assert (answer.status_code, answer.json()["code"]) == (503, "media_away")


def test_who_finds_no_place_may_still_talk(
    live_stream: Stream, bob: User, api_of: ApiOf, livekit_chosen: Settings
) -> None:
    livekit_chosen.LIVEKIT_ROOM_CAPACITY = 0
    answer = api_of(bob).post(f"/api/streams/{live_stream.pk}/join", {}, format="json")
    assert answer.status_code == 200
    assert answer.json()["playback"] is None
    assert answer.json()["ws_url"]


def test_who_only_lost_the_room_takes_no_second_place(live_stream: Stream, bob: User, api_of: ApiOf) -> None:
    body = {"watches_already": True}
    answer = api_of(bob).post(f"/api/streams/{live_stream.pk}/join", body, format="json").json()
    assert answer["playback"] is None
    assert not Seat.objects.exists()
