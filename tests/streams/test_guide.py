"""The routes of the LiveKit guide, in its shapes."""

import pytest

from realtime.passes import join_pass_claim
from streams.models import EndReason, Stream, StreamStatus
from streams.services import media_arrived, stream_create, stream_end


def post(client, path, body):
    return client.post(f"/api/{path}", body, format="json")


def test_create(api_of, alice):
    answer = post(api_of(alice), "live/create", {"title": "Cello", "description": "In the rain"})
    assert answer.status_code == 201
    stream = Stream.objects.get()
    body = answer.json()
    key = body.pop("streamKey")
    assert len(key) > 20
    assert body == {
        "id": str(stream.pk),
        "slug": "alice",
        "title": "Cello",
        "roomName": stream.room_name,
        "active": False,
    }
    assert answer["Cache-Control"] == "no-store"
    assert post(api_of(alice), "livestream", {"title": "Viola"}).json()["streamKey"] is None


@pytest.mark.parametrize("path", ["live/token", "livekit/token"])
def test_a_viewer_gets_a_pass_into_the_room(api, live_stream, path):
    answer = post(api, path, {"roomName": live_stream.room_name, "role": "viewer"})
    body = answer.json()
    assert set(body) == {"token", "wsUrl", "playbackUrl"}
    assert body["wsUrl"] == f"ws://testserver/ws/streams/{live_stream.pk}/?pass={body['token']}"
    assert join_pass_claim(body["token"]).role == "viewer"
    assert body["playbackUrl"].startswith(f"http://testserver/hls/{live_stream.pk}/")
    assert answer["Cache-Control"] == "no-store"


def test_before_there_are_pictures_there_is_no_playback(api, stream):
    answer = post(api, "live/token", {"roomName": stream.room_name, "role": "viewer"})
    assert answer.json()["playbackUrl"] is None


def test_the_broadcaster_gets_a_pass_for_the_ingest(api_of, alice, stream):
    body = post(api_of(alice), "live/token", {"roomName": stream.room_name, "role": "broadcaster"}).json()
    assert set(body) == {"token", "wsUrl"}
    assert body["wsUrl"] == f"ws://testserver/ws/ingest/{stream.pk}/?pass={body['token']}"


def test_others_cannot_broadcast(api, api_of, bob, stream):
    body = {"roomName": stream.room_name, "role": "broadcaster"}
    assert post(api_of(bob), "live/token", body).status_code == 403
    assert post(api, "live/token", body).json()["code"] == "not_signed_in"


def test_hidden_rooms_are_not_found(api_of, alice, bob):
    hidden, _ = stream_create(creator=alice, title="Secret", visibility="invited")
    for role in ["viewer", "broadcaster"]:
        answer = post(api_of(bob), "live/token", {"roomName": hidden.room_name, "role": role})
        assert answer.json()["code"] == "not_found"
    assert api_of(bob).get(f"/api/livekit/viewer-count?roomName={hidden.room_name}").status_code == 404
    assert post(api_of(bob), "live/token", {"roomName": "nowhere", "role": "viewer"}).status_code == 404


def switch(client, active):
    return post(client, "live/toggle-active", {"active": active})


def test_on_means_starting_until_pictures_arrive(api_of, alice, stream):
    client = api_of(alice)
    assert switch(client, True).json() == {"id": str(stream.pk), "active": False, "state": "starting"}
    media_arrived(stream_id=stream.pk)
    assert switch(client, True).json() == {"id": str(stream.pk), "active": True, "state": "live"}


def test_off_ends_the_stream(api_of, alice, live_stream):
    assert switch(api_of(alice), False).json() == {
        "id": str(live_stream.pk),
        "active": False,
        "state": "ended",
    }
    live_stream.refresh_from_db()
    assert (live_stream.status, live_stream.end_reason) == (StreamStatus.ENDED, EndReason.CREATOR)
    assert switch(api_of(alice), False).status_code == 404


def test_of_several_prepared_ones_the_newest_is_meant(api_of, alice, stream):
    newest, _ = stream_create(creator=alice, title="Newer")
    assert switch(api_of(alice), True).json()["id"] == str(newest.pk)


@pytest.mark.parametrize("active", [True, False])
def test_when_one_of_several_is_on_air_it_asks_which(api_of, alice, live_stream, active):
    newer, _ = stream_create(creator=alice, title="Newer")
    answer = switch(api_of(alice), active)
    assert (answer.status_code, answer.json()["code"]) == (409, "which_stream")
    assert answer.json()["details"]["streams"] == [str(newer.pk), str(live_stream.pk)]
    stream_end(stream_id=newer.pk, reason=EndReason.CREATOR)
    assert switch(api_of(alice), False).status_code == 200


def test_nobody_switches_somebody_elses(api_of, bob, live_stream):
    assert switch(api_of(bob), False).status_code == 404
    live_stream.refresh_from_db()
    assert live_stream.status == StreamStatus.LIVE


def test_search_by_slug(api, live_stream):
    body = post(api, "live/search", {"slug": "Alice"}).json()
    assert (body["total"], body["totalPages"]) == (1, 1)
    (found,) = body["streams"]
    assert (found["id"], found["slug"], found["active"]) == (str(live_stream.pk), "alice", True)
    assert found["viewerCount"] == 0
    assert post(api, "live/search", {"slug": "nobody"}).status_code == 404


def test_search_finds_only_what_is_public_and_on(api, alice, stream):
    assert post(api, "live/search", {"slug": "alice"}).json() == {"streams": [], "total": 0, "totalPages": 0}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"longitude": 16.4},
        {"slug": "alice", "longitude": 16.4, "latitude": 48.2},
        {"longitude": 181, "latitude": 0},
        {"slug": "alice", "page": 0},
        {"slug": "alice", "limit": 1000},
    ],
)
def test_half_a_question_is_refused(api, live_stream, body):
    assert post(api, "live/search", body).json()["code"] == "invalid_input"


def test_viewer_count(api, live_stream):
    url = f"/api/livekit/viewer-count?roomName={live_stream.room_name}"
    assert api.get(url).json() == {"roomName": live_stream.room_name, "viewerCount": 0}
    assert api.get("/api/livekit/viewer-count").status_code == 400
