"""Entering by the API: who gets a pass, as whom, and that nobody else can use it."""

import pytest

from core.clients import VIEWER_COOKIE as COOKIE
from realtime.passes import PassRefused, join_pass_claim
from streams.models import Stream
from streams.viewers import session_id


def claimed(answer):
    return join_pass_claim(answer.json()["ws_url"].partition("?pass=")[2])


def test_an_anonymous_viewer_gets_a_cookie_and_keeps_their_session(api, live_stream):
    first = api.post(f"/api/streams/{live_stream.pk}/join")
    assert first.status_code == 200
    assert first["Cache-Control"] == "no-store"
    assert first.cookies[COOKIE]["httponly"]
    second = api.post(f"/api/streams/{live_stream.pk}/join")
    assert COOKIE not in second.cookies
    assert first.json()["session_id"] == second.json()["session_id"]
    join_pass = claimed(first)
    assert (join_pass.role, join_pass.user_id, join_pass.chat_refusal) == ("viewer", None, "not_signed_in")


def test_joining_a_public_stream_without_an_account_costs_one_query_on_a_hit(
    api, live_stream, django_assert_num_queries
):
    url = f"/api/streams/{live_stream.pk}/join"
    for _ in range(2):  # what they came with is noted, then with their cookie
        api.post(url)
    with django_assert_num_queries(1):  # whether it is banned; that they came is known
        assert api.post(url).json()["playback"]["kind"] == "hls"


def test_a_forged_cookie_makes_a_new_viewer(api, live_stream):
    url = f"/api/streams/{live_stream.pk}/join"
    mine = api.post(url).json()["session_id"]
    api.cookies[COOKIE] = "somebody:forged"
    other = api.post(url)
    assert other.json()["session_id"] != mine
    assert COOKIE in other.cookies


def test_a_signed_in_viewer_may_chat(api_of, bob, live_stream):
    join_pass = claimed(api_of(bob).post(f"/api/streams/{live_stream.pk}/join"))
    assert (join_pass.user_id, join_pass.party_id, join_pass.name) == (bob.pk, bob.party_id, "bob")
    assert join_pass.chat_refusal is None
    assert join_pass.session_id == session_id(stream_id=live_stream.pk, viewer_id=f"u:{bob.pk}")


def test_a_pass_opens_once(api, live_stream):
    answer = api.post(f"/api/streams/{live_stream.pk}/join")
    claimed(answer)
    with pytest.raises(PassRefused):
        claimed(answer)


def test_the_studio_is_the_creators(api_of, alice, bob, admin, live_stream):
    url = f"/api/streams/{live_stream.pk}/join?as=studio"
    assert claimed(api_of(alice).post(url)).role == "studio"
    assert claimed(api_of(admin).post(url)).role == "moderator"
    answer = api_of(bob).post(url)
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


def test_before_the_first_picture_there_is_a_room_and_nothing_to_play(api, stream):
    assert api.post(f"/api/streams/{stream.pk}/join").json()["playback"] is None


def test_followers_only_says_what_would_help(api, api_of, bob, live_stream):
    Stream.objects.filter(pk=live_stream.pk).update(visibility="followers")
    answer = api.post(f"/api/streams/{live_stream.pk}/join")
    assert (answer.status_code, answer.json()) == (
        403,
        {"code": "followers_only", "details": {"help": "sign_in"}},
    )
    assert api_of(bob).post(f"/api/streams/{live_stream.pk}/join").json()["details"] == {"help": "follow"}
    api_of(bob).post(f"/api/users/{live_stream.creator_id}/follow")
    assert api_of(bob).post(f"/api/streams/{live_stream.pk}/join").status_code == 200


def test_the_token_route_says_where_to_watch(api, live_stream):
    answer = api.get(f"/api/streams/{live_stream.pk}/token")
    assert answer.json()["playback"]["url"].startswith(f"/hls/{live_stream.pk}/")
    assert answer["Cache-Control"] == "no-store"


def test_the_broadcast_token_is_the_creators(api, api_of, alice, bob, stream):
    url = f"/api/streams/{stream.pk}/broadcast-token"
    assert api.get(url).status_code == 401
    assert api_of(bob).get(url).status_code == 403
    answer = api_of(alice).get(url)
    assert answer.json()["ingest"]["url"].startswith(f"/ws/ingest/{stream.pk}/?pass=")
    assert answer["Cache-Control"] == "no-store"


def test_leaving_is_for_oneself(api, api_of, bob, live_stream):
    mine = api.post(f"/api/streams/{live_stream.pk}/join").json()["session_id"]
    url = f"/api/streams/{live_stream.pk}/leave"
    assert api_of(bob).post(url, {"session_id": mine}, format="json").status_code == 404
    assert api.post(url, {"session_id": mine}, format="json").status_code == 204
