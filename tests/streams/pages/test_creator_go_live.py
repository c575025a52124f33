"""The page before a stream, and its network test."""

import json
import re
from collections.abc import Callable
from typing import Any

from django.http import HttpResponseBase
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from streams.models import Stream
from streams.services import stream_create

BrowserOf = Callable[[User], Client]


def props(client: Client) -> dict[str, Any]:
    page = client.get("/creator/go-live").content.decode()
    found = re.search(r'<script id="go-live-props" type="application/json">(.*?)</script>', page, re.DOTALL)
    assert found
    loaded: dict[str, Any] = json.loads(found[1])
    return loaded


def test_a_stranger_is_asked_to_sign_in_and_comes_back(client: Client, db: None) -> None:
    assert client.get("/creator/go-live")["Location"] == "/accounts/login/?next=/creator/go-live"


def test_it_knows_the_limits_and_hands_out_the_csrf_cookie(browser_of: BrowserOf, alice: User) -> None:
    client = browser_of(alice)
    given = props(client)
    assert given["email_confirmed"] is True
    assert given["limits"]["title"] == 100
    assert given["streams_most"] == 2
    assert client.cookies["csrftoken"].value


def test_it_says_when_the_e_mail_is_not_confirmed(
    browser_of: BrowserOf, make_user: Callable[..., User]
) -> None:
    assert props(browser_of(make_user("dana", confirmed=False)))["email_confirmed"] is False


def test_it_names_the_streams_that_take_the_places(
    browser_of: BrowserOf, alice: User, bob: User, live_stream: Stream
) -> None:
    stream_create(creator=bob, title="Not hers")
    prepared, _ = stream_create(creator=alice, title="</script><b>")
    running = props(browser_of(alice))["running"]
    assert [stream["id"] for stream in running] == [str(live_stream.pk), str(prepared.pk)]
    assert running[1]["title"] == "</script><b>"


def test_more_streams_need_no_more_queries(
    browser_of: BrowserOf, alice: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = browser_of(alice)
    client.get("/creator/go-live")
    for _ in range(2):
        # user; notice and page each ask whether the e-mail is confirmed; whether staff hold them; running streams
        with django_assert_num_queries(5):
            client.get("/creator/go-live")
        stream_create(creator=alice, title="One more")


def upload(client: Client, size: int = 1) -> HttpResponseBase:
    data = b"x" * size
    return client.post("/creator/network-test", data=data, content_type="application/octet-stream")


def test_the_network_test_takes_bytes_from_people_with_an_account_only(
    browser_of: BrowserOf, client: Client, alice: User
) -> None:
    assert upload(client, 800_000).status_code == 401
    assert upload(browser_of(alice), 800_000).status_code == 204
    assert browser_of(alice).get("/creator/network-test").status_code == 405


def test_the_network_test_is_no_way_to_keep_the_server_busy(browser_of: BrowserOf, alice: User) -> None:
    client = browser_of(alice)
    # The window may turn over once while this runs.
    answers = [upload(client) for _ in range(21)]
    assert answers[-1].status_code == 429
    assert int(answers[-1]["Retry-After"]) > 0
