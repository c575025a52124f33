"""When HLS begins and ends for a stream, and who gets it: numbers in, numbers out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.media.errors import MediaFull
from streams.media.livekit.overflow import Choice, Load, Overflow, choose, step

OFF, ON, FULL = Overflow(), Overflow(bridge=True), Overflow(bridge=True, full=True)


@pytest.mark.parametrize(
    ("now", "seats", "audience", "then"),
    [
        (OFF, 0, 0, OFF),
        (OFF, 69, 69, OFF),
        (OFF, 70, 70, ON),
        (ON, 69, 69, ON),
        (ON, 50, 50, ON),
        (ON, 49, 49, OFF),
        (ON, 49, 80, ON),  # who watches by HLS keeps it
        (OFF, 0, 500, OFF),  # and does not begin it
        (ON, 99, 99, ON),
        (ON, 100, 100, FULL),
        (OFF, 130, 130, FULL),
        (FULL, 99, 99, FULL),
        (FULL, 80, 80, FULL),
        (FULL, 79, 79, ON),
        (FULL, 79, 900, ON),
        (FULL, 10, 10, OFF),
    ],
)
def test_borders_are_crossed_back_further_down(now, seats, audience, then):
    assert step(now, Load(seats=seats, audience=audience), limit=100) == then


def choice(**given):
    known = {"ready": True, "full": False, "seats": 10, "limit": 100, "capacity": 1000, "wanted": None}
    return choose(**{**known, **given})


def test_with_room_and_hls_the_viewer_chooses():
    assert choice() == Choice("webrtc", ("webrtc", "hls"))
    assert choice(wanted="hls") == Choice("hls", ("webrtc", "hls"))
    assert choice(wanted="webrtc") == Choice("webrtc", ("webrtc", "hls"))


def test_without_hls_there_is_nothing_to_choose():
    assert choice(ready=False, wanted="hls") == Choice("webrtc", ("webrtc",))


@pytest.mark.parametrize("given", [{"full": True}, {"seats": 100}, {"seats": 1000}])
def test_beyond_the_limit_newcomers_get_hls_whatever_they_want(given):
    assert choice(**given) == Choice("hls", ("hls",))
    assert choice(**given, wanted="webrtc") == Choice("hls", ("hls",))


def test_who_was_in_the_room_comes_back_to_it():
    assert choice(full=True, newcomer=False) == Choice("webrtc", ("webrtc", "hls"))
    assert choice(seats=1000, newcomer=False) == Choice("hls", ("hls",)), "unless the server is full"


def test_without_hls_the_room_takes_everybody_up_to_its_capacity():
    assert choice(ready=False, full=True, seats=999) == Choice("webrtc", ("webrtc",))
    with pytest.raises(MediaFull):
        choice(ready=False, seats=1000)


@given(st.lists(st.tuples(st.integers(0, 300), st.integers(0, 300)), max_size=40))
def test_nobody_is_sent_to_hls_without_a_bridge_and_no_room_stays_closed(loads):
    state = OFF
    for seats, more in loads:
        state = step(state, Load(seats=seats, audience=seats + more), limit=100)
        assert state.bridge or not state.full
        assert state.bridge or seats < 70
        assert not state.full or seats >= 80
        assert step(state, Load(seats=seats, audience=seats + more), limit=100) == state, "it rests"
