"""One stream's page: what a link preview reads, what the islands start from, and who may see it."""

import re
from collections.abc import Callable

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from accounts.services import follow_create
from streams.models import EndReason, Stream
from streams.services import media_arrived, stream_create, stream_end, stream_update

BrowserOf = Callable[[User], Client]


def test_a_link_preview_finds_title_description_and_address(client: Client, live_stream: Stream) -> None:
    stream_update(stream_id=live_stream.pk, description='Under the bridge, "as ever"')
    page = client.get(f"/stream/{live_stream.pk}").content.decode()
    assert "<title>Cello in the rain · Alice · Busk</title>" in page
    assert '<meta name="description" content="Under the bridge, &quot;as ever&quot;">' in page
    assert '<meta property="og:title" content="Cello in the rain">' in page
    assert f'<meta property="og:url" content="http://localhost:8000/stream/{live_stream.pk}">' in page


def test_nothing_in_it_breaks_the_content_security_policy(client: Client, live_stream: Stream) -> None:
    answer = client.get(f"/stream/{live_stream.pk}")
    page = answer.content.decode()
    assert "script-src 'self'" in answer["Content-Security-Policy"]
    assert not re.search(r"<script(?![^>]*(src=|application/json))", page)
    assert not re.search(r"\s(style|on[a-z]+)=", page)


def test_the_islands_start_from_the_same_facts_as_the_api(
    client: Client, browser_of: BrowserOf, bob: User, live_stream: Stream
) -> None:
    assert live_stream.creator is not None
    follow_create(follower=bob, creator=live_stream.creator)
    props = browser_of(bob).get(f"/stream/{live_stream.pk}").context["props"]
    assert props["stream"] == client.get(f"/api/streams/{live_stream.pk}").json()
    assert props["follow"] == {"following": True, "followers": 1}
    assert (props["isSignedIn"], props["isOwn"]) == (True, False)


def test_it_hands_out_the_cookies_that_joining_needs(client: Client, live_stream: Stream) -> None:
    client.get(f"/stream/{live_stream.pk}")
    assert client.cookies["csrftoken"].value
    assert client.cookies["busk_viewer"].value


def test_a_hidden_stream_is_404_to_strangers_and_not_to_its_creator(
    client: Client, browser_of: BrowserOf, alice: User, charlie: User
) -> None:
    hidden, _ = stream_create(creator=alice, title="Only for the invited", visibility="invited")
    media_arrived(stream_id=hidden.pk)
    for stranger in (client, browser_of(charlie)):
        page = stranger.get(f"/stream/{hidden.pk}")
        assert page.status_code == 404
        assert "Only for the invited" not in page.content.decode()
    assert browser_of(alice).get(f"/stream/{hidden.pk}").status_code == 200


def test_an_unknown_stream_is_404(client: Client, db: None) -> None:
    assert client.get("/stream/018f3b1e-0000-7000-8000-000000000000").status_code == 404


def test_search_engines_keep_out_of_what_is_not_public(client: Client, alice: User) -> None:
    unlisted, _ = stream_create(creator=alice, title="For those with the link", visibility="unlisted")
    assert '<meta name="robots" content="noindex">' in client.get(f"/stream/{unlisted.pk}").content.decode()


def test_an_ended_stream_says_so(client: Client, live_stream: Stream) -> None:
    stream_end(stream_id=live_stream.pk, reason=EndReason.CREATOR)
    page = client.get(f"/stream/{live_stream.pk}").content.decode()
    assert "data-over" in page
    assert "Ended" in page


@pytest.mark.parametrize("followers", [1, 8])
def test_more_followers_need_no_more_queries(
    client: Client,
    make_user: Callable[..., User],
    live_stream: Stream,
    followers: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    assert live_stream.creator is not None
    for number in range(followers):
        follow_create(follower=make_user(f"fan{number}"), creator=live_stream.creator)
    with django_assert_num_queries(2):  # the stream with its creator; the followers
        client.get(f"/stream/{live_stream.pk}")
    with django_assert_num_queries(1):  # the stream is two seconds fresh
        client.get(f"/stream/{live_stream.pk}")
