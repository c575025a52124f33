"""Finding streams and people: what is found, by whom, in which order, and what it costs."""

import pytest
from django.db import connection
from django.db.models import F

from accounts.blocks import block_create
from accounts.search import users_search
from core.search import Matches, query_of
from streams.models import EndReason, Stream, StreamWords
from streams.services import media_arrived, stream_create, stream_end, stream_update


@pytest.fixture
def on_air(settings):
    settings.STREAMS_PER_CREATOR = 100

    def on_air(creator, title, *, viewers=0, ended=False, **fields) -> Stream:
        stream, _ = stream_create(creator=creator, title=title, **fields)
        media_arrived(stream_id=stream.pk)
        if ended:
            stream_end(stream_id=stream.pk, reason=EndReason.CREATOR)
        Stream.objects.filter(pk=stream.pk).update(viewers_current=viewers, viewers_peak=viewers)
        return stream

    return on_air


def titles(client, query):
    answer = client.get(f"/api/streams/search?{query}")
    assert answer.status_code == 200, answer.content
    return [card["title"] for card in answer.json()["results"]]


def test_words_are_found_without_case_accents_and_their_end(api, alice, on_air):
    on_air(alice, "Café Müller, live!")
    for query in ["cafe", "CAFÉ", "mull", "muller caf", "cafe mul", "live%20cafe", "“muller”"]:
        assert titles(api, f"q={query}") == ["Café Müller, live!"], query
    for query in ["fe", "cafe x", "caf muller", "!!!", "%20%20x"]:
        assert titles(api, f"q={query}") == [], query


def test_the_title_counts_more_than_the_creator_and_the_creator_more_than_the_description(
    api, make_user, alice, on_air
):
    rain = make_user("rain")
    on_air(alice, "Third", description="Some rain")
    on_air(rain, "Second")
    on_air(alice, "Rain, first")
    assert titles(api, "q=rain") == ["Rain, first", "Second", "Third"]


def test_tags_are_found_by_word_and_exactly(api, alice, on_air):
    on_air(alice, "One", tags=["late night"])
    on_air(alice, "Two", tags=["night"])
    assert titles(api, "q=night&ordering=newest") == ["Two", "One"]
    assert titles(api, "tag=Night") == ["Two"]


def test_a_change_of_title_or_name_is_found_at_once(api, alice, on_air):
    stream = on_air(alice, "Before")
    stream_update(stream_id=stream.pk, title="After")
    assert titles(api, "q=before") == []
    assert titles(api, "q=after") == ["After"]
    alice.display_name = "Alicia Keys"
    alice.save(update_fields=["display_name"])
    assert titles(api, "q=alicia after") == ["After"]


def test_only_what_everybody_may_find(api, api_of, alice, bob, on_air, settings):
    on_air(alice, "public on")
    on_air(alice, "public over", ended=True)
    on_air(alice, "unlisted", visibility="unlisted")
    on_air(alice, "followers", visibility="followers")
    on_air(alice, "invited", visibility="invited")
    on_air(alice, "mature", mature=True)
    stream_create(creator=alice, title="prepared")
    for client in [api, api_of(bob), api_of(alice)]:
        assert titles(client, "q=alice&ordering=newest") == ["public over", "public on"]
    assert titles(api, "q=alice&status=live") == ["public on"]
    assert titles(api, "q=alice&status=ended") == ["public over"]
    alice.is_active = False
    alice.save(update_fields=["is_active"])
    assert titles(api, "q=alice") == []


def test_what_is_not_for_minors_is_found_by_who_says_to_be_of_age(api, alice, on_air):
    on_air(alice, "mature", mature=True)
    assert titles(api, "mature=true") == []
    api.cookies["busk_adult"] = "1"
    assert titles(api, "mature=true") == ["mature"]
    assert titles(api, "") == []


def test_the_most_watched_first_and_every_one_once_over_all_pages(api, alice, on_air):
    for number in range(7):
        on_air(alice, f"s{number}", viewers=number % 3)
    url, seen = "/api/streams/search?limit=2", []
    while url:
        page = api.get(url).json()
        seen += [(card["viewers"]["current"], card["title"]) for card in page["results"]]
        last, url = page, page["next"]
    assert [viewers for viewers, _ in seen] == [2, 2, 1, 1, 0, 0, 0]
    assert len({title for _, title in seen}) == 7
    back = api.get(last["previous"]).json()
    assert [card["title"] for card in back["results"]] == [title for _, title in seen[4:6]]


def test_equals_are_told_apart_by_what_comes_next(api, alice, on_air):
    for number in range(4):
        stream = on_air(alice, f"s{number}")
        Stream.objects.filter(pk=stream.pk).update(viewers_peak=9 - number)
    seen: list[str] = []
    url = "/api/streams/search?limit=1"
    while url and len(seen) < 9:
        page = api.get(url).json()
        seen += [card["title"] for card in page["results"]]
        url = page["next"]
    assert seen == ["s0", "s1", "s2", "s3"]


@pytest.mark.parametrize("size", [1, 20])
def test_it_costs_the_same_at_any_size(api, alice, on_air, django_assert_num_queries, size):
    for number in range(size):
        on_air(alice, f"rain {number}")
    for query in ["q=rain", "tag=rain", "", "q=rain&ordering=newest"]:
        with django_assert_num_queries(1):  # streams with their creators
            api.get(f"/api/streams/search?{query}")


def test_words_of_streams_and_people_have_an_index(alice, on_air):
    on_air(alice, "rain")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    streams = StreamWords.objects.filter(Matches(F("words"), query_of("rain")))
    assert "stream_words" in streams.explain()
    assert "user_words" in users_search(viewer=None, text="alice").explain()


@pytest.mark.parametrize(
    "query",
    [
        "cursor=x",
        "cursor=%00",
        "cursor=WyI-IiwiYSIsMSwyXQ",
        "cursor=WyI-Iiw5OTk5OTk5OTk5OTk5OTk5OTk5OTk5LDEsImEiXQ",
        "cursor=bnVsbA",
        "cursor=" + "A" * 501,
        "limit=0",
        "limit=-1",
        "limit=101",
        "limit=x",
        "near=1",
        "near=91,0",
        "near=nan,0",
        "near=0,inf",
        "near=a,b",
        "km=0",
        "km=100000",
        "status=scheduled",
        "ordering=-id",
        "mature=perhaps",
        "q=" + "x" * 201,
    ],
)
def test_nonsense_is_refused(api, live_stream, query):
    answer = api.get(f"/api/streams/search?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input"), answer.content


def test_people_are_found_by_their_names(api, make_user, django_assert_num_queries):
    make_user("cellist", display_name="Émile Müller")
    make_user("emile_2")
    make_user("gone", display_name="Emile", is_active=False)
    with django_assert_num_queries(1):
        page = api.get("/api/users/search?q=emil").json()
    assert [person["username"] for person in page["results"]] == ["emile_2", "cellist"]
    assert set(page["results"][0]) == {"id", "username", "display_name", "avatar_url"}
    assert api.get("/api/users/search").status_code == 400
    assert api.get("/api/users/search?q=%00!").json()["results"] == []


def test_the_page_shows_streams_and_people(client, alice, on_air, django_assert_num_queries):
    on_air(alice, "Cello in the rain")
    with django_assert_num_queries(2):  # streams, people
        page = client.get("/search?q=ali").content.decode()
    assert "Cello in the rain" in page
    assert "@alice" in page
    assert "Nothing found" in client.get("/search?q=zzz").content.decode()
    assert client.get("/search?q=a&cursor=garbage").status_code == 200
    assert client.get("/search?q=%00&status=x").status_code == 200


def test_markup_in_a_search_is_text(client, db):
    page = client.get("/search?q=%3Cscript%3Ealert(1)%3C/script%3E").content.decode()
    assert "<script>alert" not in page


def test_the_nearest_first(api, make_user, on_air, django_assert_num_queries):
    here = [("vienna", 48.2, 16.4), ("bratislava", 48.1, 17.1), ("graz", 47.1, 15.4)]
    corner, nadi = ("corner", 48.9, 17.5), ("nadi", -17.8, 177.4)
    for name, lat, lon in [*here, corner, nadi, ("nowhere", None, None), ("taveuni", -16.8, -179.9)]:
        on_air(make_user(name, place_lat=lat, place_lon=lon), name)
    assert titles(api, "near=48.2,16.4") == ["vienna"]
    with django_assert_num_queries(1):
        assert titles(api, "near=48.2,16.4&km=100") == ["vienna", "bratislava"], "not the corners"
    assert titles(api, "near=48.2,16.4&km=200&ordering=newest") == ["corner", "graz", "bratislava", "vienna"]
    assert titles(api, "near=-17.8,177.4&km=400") == ["nadi", "taveuni"], "round the back of the map"
    assert titles(api, "near=90,0&km=1000") == []
    page = api.get("/api/streams/search?near=48.2,16.4&km=200&limit=1").json()
    assert [card["title"] for card in api.get(page["next"]).json()["results"]] == ["bratislava"]
    found = api.post(
        "/api/live/search", {"latitude": 48.2, "longitude": 16.4, "limit": 1}, format="json"
    ).json()
    assert [stream["slug"] for stream in found["streams"]] == ["vienna"]
    assert (found["total"], found["totalPages"]) == (1, 1)


@pytest.mark.parametrize("turned", [False, True])
def test_who_blocked_whom_does_not_matter_neither_is_found(api_of, alice, bob, on_air, turned):
    on_air(alice, "Cello")
    block_create(blocker=alice if turned else bob, blocked=bob if turned else alice)
    assert titles(api_of(bob), "q=cello") == []
    assert titles(api_of(alice), "q=cello") == ["Cello"]
    assert api_of(bob).get("/api/users/search?q=alice").json()["results"] == []
    assert api_of(bob).post("/api/live/search", {"slug": "alice"}, format="json").json()["total"] == 0
