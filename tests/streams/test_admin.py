"""Staff finds everything, and what the lists cost does not grow with them."""

import pytest

from accounts.services import follow_create
from realtime.presence import Presence
from streams.models import Stream
from streams.services import media_arrived, stream_create
from streams.sessions import _Batch, _write
from streams.viewers import session_id

LISTS = ["streams/stream", "streams/channel", "streams/viewersession", "streams/streamkey", "accounts/user"]


@pytest.fixture
def populate(make_user):
    def make(count: int) -> None:
        for number in range(count):
            creator = make_user(f"creator{number}-{Stream.objects.count()}")
            stream, _ = stream_create(creator=creator, title="x")
            media_arrived(stream_id=stream.pk)
            viewer_id = f"a:{number}"
            session = session_id(stream_id=stream.pk, viewer_id=viewer_id)
            who = Presence(
                room_id=stream.pk,
                session_id=session,
                viewer_id=viewer_id,
                user_id=None,
                party_id=None,
                about={},
            )
            _write(_Batch(joined={session: who}))

    return make


@pytest.mark.parametrize("path", LISTS)
def test_a_list_costs_the_same_at_any_size(browser_of, admin, populate, path, django_assert_max_num_queries):
    client = browser_of(admin)
    populate(1)
    with django_assert_max_num_queries(12) as few:
        assert client.get(f"/admin/{path}/").status_code == 200
    populate(9)
    with django_assert_max_num_queries(len(few)):
        assert client.get(f"/admin/{path}/").status_code == 200


def test_a_channel_shows_its_streams_and_followers(browser_of, admin, alice, bob, charlie, live_stream):
    for follower in (bob, charlie):
        follow_create(follower=follower, creator=alice)
    stream_create(creator=alice, title="second")
    answer = browser_of(admin).get("/admin/streams/channel/")
    (channel,) = answer.context["cl"].result_list
    assert (channel.username, channel.stream_total, channel.follower_total, channel.is_live) == (
        "alice",
        2,
        2,
        True,
    )


def test_viewers_without_rights_stay_outside(browser_of, bob):
    assert browser_of(bob).get("/admin/streams/stream/").status_code == 302
