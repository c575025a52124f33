"""How often somebody may ask, whom that counts for, and what the answers say about it."""

from collections.abc import Iterator

import pytest
import time_machine
from rest_framework.test import APIClient

from core.clients import VIEWER_COOKIE
from streams.models import Stream


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel("2026-01-01 12:00:10Z", tick=False) as clock:
        yield clock


def statuses(client: APIClient, url: str, times: int) -> list[int]:
    return [client.get(url).status_code for _ in range(times)]


@pytest.fixture
def token_url(live_stream: Stream) -> str:
    return f"/api/streams/{live_stream.pk}/token"


def test_the_eleventh_token_in_a_minute_is_refused_and_a_minute_later_there_are_more(
    api_of, bob, token_url, clock
):
    client = api_of(bob)
    assert statuses(client, token_url, 10) == [200] * 10

    refused = client.get(token_url)

    assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")
    wait = int(refused["Retry-After"])
    assert 1 <= wait <= 60
    assert refused.json()["details"] == {"retry_after_seconds": wait}
    clock.shift(wait + 1)
    assert client.get(token_url).status_code == 200


def test_all_token_routes_count_together(api_of, alice, live_stream, token_url):
    client = api_of(alice)
    broadcast = f"/api/streams/{live_stream.pk}/broadcast-token"
    assert statuses(client, token_url, 5) + statuses(client, broadcast, 5) == [200] * 10
    body = {"roomName": live_stream.room_name, "role": "viewer"}
    assert client.post("/api/live/token", body, format="json").status_code == 429
    assert client.post("/api/livekit/token", body, format="json").status_code == 429


def test_the_answer_says_what_is_left(api_of, bob, token_url):
    answer = api_of(bob).get(token_url)
    window = answer["RateLimit"].removeprefix('"token";r=9;t=')
    assert answer["RateLimit-Policy"] == '"token";q=10;w=60'
    assert 1 <= int(window) <= 60
    assert (answer["X-RateLimit-Limit"], answer["X-RateLimit-Remaining"]) == ("10", "9")
    assert int(answer["X-RateLimit-Reset"]) == 1767268810 + int(window)


def test_what_is_not_limited_says_nothing(api, live_stream):
    assert "RateLimit" not in api.get(f"/api/streams/{live_stream.pk}")


def test_a_school_behind_one_address_can_watch(token_url):
    for _ in range(30):
        pupil = APIClient()
        pupil.get("/live")
        pupil.get(token_url.removesuffix("/token"))  # hands out the cookie, as the page does
        assert VIEWER_COOKIE in pupil.cookies
        assert statuses(pupil, token_url, 3) == [200] * 3


def test_without_our_cookie_the_address_counts(token_url):
    assert [APIClient().get(token_url).status_code for _ in range(11)] == [200] * 10 + [429]
    assert APIClient().get(token_url, REMOTE_ADDR="192.0.2.8").status_code == 200


def test_all_without_an_account_behind_an_address_count_together(token_url, settings):
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"token": (10, 25)}
    answers = []
    for _ in range(3):
        pupil = APIClient()
        pupil.get(token_url.removesuffix("/token"))
        answers += statuses(pupil, token_url, 9)
    assert answers == [200] * 25 + [429] * 2


def test_a_forged_cookie_counts_as_none(token_url):
    answers = []
    for number in range(11):
        client = APIClient()
        client.cookies[VIEWER_COOKIE] = f"somebody{number}:forged"
        answers.append(client.get(token_url).status_code)
    assert answers[-1] == 429


def test_a_forged_x_forwarded_for_changes_nothing(token_url, settings):
    for proxies, forged in [(0, "{0}.1.1.1"), (1, "{0}.1.1.1, 203.0.113.9")]:
        settings.TRUSTED_PROXIES = proxies
        answers = [
            APIClient().get(token_url, HTTP_X_FORWARDED_FOR=forged.format(number)).status_code
            for number in range(1, 12)
        ]
        assert answers == [200] * 10 + [429]


def test_whoever_reconnects_all_the_time_gets_back_in(api_of, bob, live_stream):
    client = api_of(bob)
    url = f"/api/streams/{live_stream.pk}/join"
    assert {client.post(url, {}, format="json").status_code for _ in range(60)} == {200}
    assert client.post(url, {}, format="json").status_code == 429


def test_one_persons_use_is_not_anothers(api_of, alice, bob, token_url):
    statuses(api_of(bob), token_url, 11)
    assert api_of(alice).get(token_url).status_code == 200


@pytest.mark.parametrize(
    ("bucket", "method", "path"),
    [
        ("create", "post", "/api/streams/create"),
        ("create", "post", "/api/live/create"),
        ("end", "post", "/api/streams/{id}/end"),
        ("end", "post", "/api/live/toggle-active"),
        ("upload", "post", "/api/streams/{id}/thumbnail"),
        ("follow", "post", "/api/users/{id}/follow"),
        ("search", "get", "/api/streams/search"),
        ("search", "get", "/api/users/search"),
        ("search", "post", "/api/live/search"),
        ("write", "patch", "/api/streams/{id}"),
        ("chat", "post", "/api/streams/{id}/message"),
    ],
)
def test_each_door_has_its_bucket(api_of, alice, live_stream, bucket, method, path):
    call = getattr(api_of(alice), method)
    body = {"client_id": "c1", "text": "hi"} if bucket == "chat" else {}
    answer = call(path.format(id=live_stream.pk), body, format="multipart" if bucket == "upload" else "json")
    assert answer["RateLimit-Policy"].startswith(f'"{bucket}')


def test_a_page_that_searches_too_much_is_told_so(client, settings, db):
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"search": (1, 10)}
    client.get("/live")
    assert client.get("/search?q=cello").status_code == 200  # by address, and hands out the cookie
    assert client.get("/search?q=cello").status_code == 200
    refused = client.get("/search?q=cello")
    assert refused.status_code == 429
    assert b"Too many" in refused.content
    assert "Retry-After" in refused
