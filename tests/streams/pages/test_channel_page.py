"""A creator's page: the newest live stream, or the profile while they are off."""

from collections.abc import Callable

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from accounts.services import follow_create, profile_update
from streams.models import EndReason, Stream
from streams.services import media_arrived, stream_create, stream_end

BrowserOf = Callable[[User], Client]


def test_off_it_is_the_profile_with_its_links(client: Client, alice: User) -> None:
    profile_update(
        user=alice,
        display_name="Alice A.",
        bio="Plays <b>in the rain</b>",
        links=[{"label": "Site", "url": "https://example.com/alice"}],
    )
    page = client.get("/live/alice").content.decode()
    assert "<title>Alice A. · Busk</title>" in page
    assert "Plays &lt;b&gt;in the rain&lt;/b&gt;" in page
    assert "<b>in the rain" not in page
    assert 'href="https://example.com/alice" rel="nofollow noopener ugc"' in page


def test_the_name_is_found_in_any_case_of_letters(client: Client, alice: User) -> None:
    assert client.get("/live/ALICE").status_code == 200


def test_nobody_by_that_name_is_404(client: Client, db: None) -> None:
    page = client.get("/live/nobody")
    assert page.status_code == 404
    assert "There is nothing here" in page.content.decode()


def test_live_it_is_the_stream(client: Client, live_stream: Stream) -> None:
    page = client.get("/live/alice").content.decode()
    assert 'data-island="stream-player"' in page
    assert f'<link rel="canonical" href="http://localhost:8000/stream/{live_stream.pk}">' in page


def test_of_two_live_streams_the_newest_plays_and_the_other_is_linked(
    client: Client, alice: User, live_stream: Stream
) -> None:
    newest, _ = stream_create(creator=alice, title="Second stage")
    media_arrived(stream_id=newest.pk)
    page = client.get("/live/alice")
    assert page.context["stream"].id == newest.pk
    assert f'href="/stream/{live_stream.pk}"' in page.content.decode()


def test_past_streams_are_listed_hidden_ones_are_not(
    client: Client, alice: User, live_stream: Stream
) -> None:
    stream_end(stream_id=live_stream.pk, reason=EndReason.CREATOR)
    hidden, _ = stream_create(creator=alice, title="Only for the invited", visibility="invited")
    media_arrived(stream_id=hidden.pk)
    stream_end(stream_id=hidden.pk, reason=EndReason.CREATOR)
    page = client.get("/live/alice").content.decode()
    assert "Cello in the rain" in page
    assert "Only for the invited" not in page


def test_it_knows_whether_one_follows(browser_of: BrowserOf, alice: User, bob: User) -> None:
    follow_create(follower=bob, creator=alice)
    props = browser_of(bob).get("/live/alice").context["props"]
    assert props["following"] is True
    assert props["followers"] == 1
    assert props["isOwn"] is False


def test_a_stranger_is_led_to_sign_in_and_back(client: Client, alice: User) -> None:
    assert client.get("/live/alice").context["props"]["signInUrl"] == "/accounts/login/?next=%2Flive%2Falice"


@pytest.mark.parametrize("count", [1, 8])
def test_more_past_streams_need_no_more_queries(
    client: Client, alice: User, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(count):
        stream, _ = stream_create(creator=alice, title=f"Evening {number}")
        media_arrived(stream_id=stream.pk)
        stream_end(stream_id=stream.pk, reason=EndReason.CREATOR)
    with django_assert_num_queries(4):  # the user; live streams; past streams; followers
        assert len(client.get("/live/alice").context["channel"].past) == count
