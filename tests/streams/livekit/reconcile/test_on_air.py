"""Pictures in the room put the stream on air, their absence begins the grace, its end closes the room."""

import pytest

from streams.media.livekit.rooms import room_name
from streams.models import EndReason, MediaState, Stream, StreamStatus
from streams.services import stream_end
from tests.streams.livekit.reconcile.site import Site, seat_of

pytestmark = pytest.mark.django_db(transaction=True)


def state(stream: Stream) -> tuple[str, str]:
    stream.refresh_from_db()
    return stream.status, stream.media_state


def test_a_camera_puts_the_prepared_stream_on_air_and_its_absence_pauses_it(
    site: Site, stream: Stream
) -> None:
    creator = site.broadcaster(stream)
    sid = site.enters(creator)
    site.looks_at(stream)
    assert state(stream) == (StreamStatus.SCHEDULED, MediaState.NONE), "being there is not enough"
    assert seat_of(creator).participant_sid == sid
    site.stub.publish(creator.room, creator.identity, "microphone")
    site.looks_at(stream)
    assert state(stream) == (StreamStatus.SCHEDULED, MediaState.NONE), "nor is a voice"
    site.stub.publish(creator.room, creator.identity, "camera")
    site.looks_at(stream)
    assert state(stream) == (StreamStatus.LIVE, MediaState.FLOWING)

    site.stub.unpublish(creator.room, creator.identity, "camera")
    site.looks_at(stream)
    assert state(stream) == (StreamStatus.LIVE, MediaState.LOST)
    site.stub.publish(creator.room, creator.identity, "screen_share")
    site.looks_at(stream)
    assert state(stream) == (StreamStatus.LIVE, MediaState.FLOWING)


def test_the_end_puts_everybody_out_and_no_token_opens_the_room_again(site: Site, stream: Stream) -> None:
    site.goes_live(stream)
    site.watches(stream)
    site.looks()
    stream_end(stream_id=stream.pk, reason=EndReason.CREATOR)
    assert site.rooms() == []
    stream.refresh_from_db()
    assert stream.settled_at is not None
    site.looks()
    assert room_name(stream.pk) not in site.rooms()
