"""Two studios of one creator: the newest sends, and the other one does not fight for it."""

import time

import pytest

from streams.media import backend
from streams.media.errors import SentElsewhere
from streams.media.livekit.rooms import room_name
from streams.media.port import Person
from streams.models import Stream
from tests.streams.livekit.reconcile.site import Guest, Site, seat_of
from tests.streams.livekit.reconcile.tasks import Queue

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def studios(site: Site, stream: Stream) -> tuple[Guest, Guest]:
    """The one that was on air, and the one that took over from it."""
    older = site.goes_live(stream)
    time.sleep(0.002)  # LiveKit says to the millisecond who came when
    newer = site.goes_live(stream)
    return older, newer


def asks_again(stream: Stream, guest: Guest) -> None:
    person = Person(viewer_id=f"u:{stream.creator_id}", user_id=stream.creator_id, leaving=guest.identity)
    backend().broadcaster_credentials(stream_id=stream.pk, person=person)


def test_the_newest_studio_sends_alone(site: Site, stream: Stream, studios: tuple[Guest, Guest]) -> None:
    older, newer = studios
    assert site.inside(stream) == {newer.identity}
    assert seat_of(older).revoked_at is not None
    assert seat_of(newer).revoked_at is None


def test_the_older_one_is_told_and_may_take_over_on_purpose(
    site: Site, stream: Stream, studios: tuple[Guest, Guest]
) -> None:
    older, newer = studios
    with pytest.raises(SentElsewhere):
        asks_again(stream, older)
    asks_again(stream, newer)  # whose line broke comes back
    again = site.goes_live(stream)
    assert site.inside(stream) == {again.identity}


def test_once_the_newer_one_has_gone_the_older_one_may_come_back(
    site: Site, stream: Stream, studios: tuple[Guest, Guest]
) -> None:
    older, newer = studios
    site.stub.vanish(room_name(stream.pk), newer.identity)
    site.stub.pass_time(30)
    site.looks()
    asks_again(stream, older)


def test_who_leaves_a_seat_has_its_copy_put_out(site: Site, stream: Stream, queue: Queue) -> None:
    site.goes_live(stream)
    bob = site.watches(stream)
    site.looks()
    site.enters(bob)  # somebody copied the token, and the server dropped the one it was made for
    site.viewer(stream, leaving=bob.identity)
    queue.run()
    assert bob.identity not in site.inside(stream)
