"""The grid of live streams, as the server draws it first."""

import html
from collections.abc import Callable

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from streams.models import Stream
from streams.services import media_arrived, stream_create

MakeLive = Callable[[int], None]


@pytest.fixture
def make_live(make_user: Callable[..., User]) -> MakeLive:
    def make(count: int) -> None:
        for number in range(count):
            creator = make_user(f"creator{number}")
            stream, _ = stream_create(creator=creator, title=f"Stream {number}")
            media_arrived(stream_id=stream.pk)

    return make


def test_home_leads_to_the_grid(client: Client, db: None) -> None:
    assert client.get("/")["Location"] == "/live"


def test_title_creator_and_link_are_in_the_html(client: Client, live_stream: Stream) -> None:
    page = client.get("/live").content.decode()
    assert "Cello in the rain" in page
    assert "Alice" in page
    assert f'href="/stream/{live_stream.pk}"' in page


def test_a_name_with_markup_stays_text(client: Client, alice: User) -> None:
    stream, _ = stream_create(creator=alice, title="<script>alert(1)</script>")
    media_arrived(stream_id=stream.pk)
    page = client.get("/live").content.decode()
    assert "<script>alert" not in page
    assert html.escape("<script>alert(1)</script>") in page


def test_an_empty_grid_says_so(client: Client, db: None) -> None:
    assert "Nobody is live right now" in client.get("/live").content.decode()


def test_a_stream_that_is_not_public_is_not_in_it(client: Client, alice: User) -> None:
    stream, _ = stream_create(creator=alice, title="For those with the link", visibility="unlisted")
    media_arrived(stream_id=stream.pk)
    assert "For those with the link" not in client.get("/live").content.decode()


@pytest.mark.parametrize("count", [1, 30])
def test_it_costs_one_query_at_any_size_and_none_on_a_hit(
    client: Client, make_live: MakeLive, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_live(count)
    with django_assert_num_queries(1):  # the streams with their creators
        page = client.get("/live")
    with django_assert_num_queries(0):
        again = client.get("/live")
    assert again.context["props"] == page.context["props"]
    assert len(page.context["streams"]) == min(count, 24)
    # With more than a page the island knows where to ask for the rest.
    assert page.context["props"]["page"]["next"] == ("/api/streams/live" if count > 24 else None)
