"""Reading streams by the API: what is shown to whom, and what it costs."""

import pytest
from django.core.cache import cache

from accounts.services import follow_create
from streams.api.serializers import StreamOut
from streams.models import EndReason, Stream
from streams.selectors import channel_get, stream_view
from streams.services import media_arrived, stream_create, stream_end
from tests.conftest import viewer_of


@pytest.fixture
def many_live(make_user, settings):
    settings.STREAMS_PER_CREATOR = 100

    def make(count: int) -> list[Stream]:
        streams = []
        for number in range(count):
            creator = make_user(f"creator{number}-{Stream.objects.count()}")
            stream, _ = stream_create(creator=creator, title=f"Stream {number}")
            media_arrived(stream_id=stream.pk)
            streams.append(stream)
        return streams

    return make


@pytest.mark.parametrize("size", [1, 20])
def test_the_grid_costs_the_same_at_any_size_and_nothing_on_a_hit(
    api, many_live, size, django_assert_num_queries
):
    many_live(size)
    with django_assert_num_queries(1):  # streams with their creators
        assert len(api.get("/api/streams/live").json()["results"]) == size
    with django_assert_num_queries(0):
        assert len(api.get("/api/streams/live").json()["results"]) == size


def test_the_grid_shows_public_live_streams_only_most_viewers_first(api, alice, settings):
    settings.STREAMS_PER_CREATOR = 10
    for title, visibility, viewers in [
        ("few", "public", 1),
        ("many", "public", 9),
        ("hidden", "unlisted", 5),
    ]:
        stream, _ = stream_create(creator=alice, title=title, visibility=visibility)
        media_arrived(stream_id=stream.pk)
        Stream.objects.filter(pk=stream.pk).update(viewers_current=viewers, viewers_peak=viewers)
    stream_create(creator=alice, title="prepared")
    results = api.get("/api/streams/live").json()["results"]
    assert [card["title"] for card in results] == ["many", "few"]
    assert "room_name" not in results[0]


def test_the_pages_of_the_grid_hold_every_stream_once(api, many_live):
    made = {str(stream.pk) for stream in many_live(7)}
    url, seen = "/api/streams/live?limit=3", []
    while url:
        page = api.get(url).json()
        seen += [card["id"] for card in page["results"]]
        url = page["next"]
    assert len(seen) == 7
    assert set(seen) == made


def test_a_stream_costs_nothing_on_a_hit(api, live_stream, django_assert_num_queries):
    url = f"/api/streams/{live_stream.pk}"
    with django_assert_num_queries(1):
        assert api.get(url).status_code == 200
    with django_assert_num_queries(0):
        assert api.get(url).json()["title"] == "Cello in the rain"


def test_the_answer_is_what_the_schema_says(api, live_stream):
    assert set(api.get(f"/api/streams/{live_stream.pk}").json()) == set(StreamOut().fields)


def test_a_change_shows_at_once(api_of, alice, live_stream, django_capture_on_commit_callbacks):
    client, url = api_of(alice), f"/api/streams/{live_stream.pk}"
    assert client.get(url).json()["title"] == "Cello in the rain"
    with django_capture_on_commit_callbacks(execute=True):
        client.patch(url, {"title": "Sun"}, format="json")
    assert client.get(url).json()["title"] == "Sun"


@pytest.mark.parametrize("size", [1, 15])
def test_a_creators_streams_cost_the_same_at_any_size(
    api_of, alice, bob, size, settings, django_assert_num_queries
):
    settings.STREAMS_PER_CREATOR = 100
    for _ in range(size):
        media_arrived(stream_id=stream_create(creator=alice, title="x")[0].pk)
    client = api_of(bob)
    with django_assert_num_queries(4):  # user, creator, follows, streams
        assert len(client.get(f"/api/streams/creator/{alice.pk}").json()["results"]) == size


def test_a_creators_list_hides_what_the_caller_may_not_find(api, api_of, alice, bob, charlie, settings):
    settings.STREAMS_PER_CREATOR = 10
    follow_create(follower=bob, creator=alice)
    for visibility in ("public", "unlisted", "followers", "invited"):
        stream_create(creator=alice, title=visibility, visibility=visibility)
    stream_end(stream_id=stream_create(creator=alice, title="cancelled")[0].pk, reason=EndReason.CREATOR)

    def titles(client) -> set[str]:
        results = client.get(f"/api/streams/creator/{alice.pk}").json()["results"]
        return {card["title"] for card in results}

    assert titles(api) == titles(api_of(charlie)) == {"public"}
    assert titles(api_of(bob)) == {"public", "followers"}
    assert titles(api_of(alice)) == {"public", "unlisted", "followers", "invited", "cancelled"}


def test_an_invited_stream_is_not_found_by_others_also_from_the_cache(api, api_of, alice, stream):
    Stream.objects.filter(pk=stream.pk).update(visibility="invited")
    assert api_of(alice).get(f"/api/streams/{stream.pk}").status_code == 200
    assert api.get(f"/api/streams/{stream.pk}").status_code == 404
    assert api.get(f"/api/streams/{stream.pk}/viewers").status_code == 404
    assert api.post(f"/api/streams/{stream.pk}/join").status_code == 404


@pytest.mark.parametrize("past", [1, 10])
def test_a_channel_costs_the_same_at_any_size(alice, bob, past, settings, django_assert_num_queries):
    settings.STREAMS_PER_CREATOR = 100
    for _ in range(past):
        stream, _ = stream_create(creator=alice, title="x")
        media_arrived(stream_id=stream.pk)
        stream_end(stream_id=stream.pk, reason=EndReason.CREATOR)
    cache.clear()
    with django_assert_num_queries(6):  # creator, follows (to filter), live, past, followers, following
        channel = channel_get(viewer=viewer_of(bob), username="ALICE")
    assert len(channel.past) == past


def test_counts_are_shown(api, live_stream):
    Stream.objects.filter(pk=live_stream.pk).update(viewers_current=3, viewers_peak=5, viewers_total=9)
    assert api.get(f"/api/streams/{live_stream.pk}/viewers").json() == {"current": 3, "peak": 5, "total": 9}


def test_a_view_knows_its_length_and_pause(live_stream):
    view = stream_view(live_stream)
    assert (view.duration_seconds, view.paused) == (None, False)
    ended = stream_end(stream_id=live_stream.pk, reason=EndReason.CREATOR)
    assert stream_view(ended).duration_seconds == 0
