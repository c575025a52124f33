"""From a room that fills to playlists that play: a real listener, a real packager, and ffmpeg in place of egress."""

import logging
import re

import pytest
from livekit.protocol.egress import EgressStatus

from streams.media import backend
from streams.media.errors import MediaFull
from streams.media.livekit import bridge
from streams.media.livekit.bridge import Crossing, bridge_state, bridges
from streams.media.livekit.seats import seat_issue
from streams.media.port import Person
from streams.media.relay.stages import stages
from streams.models import Bridge, EndReason, MediaState, Seat, SeatRole
from streams.services import stream_end
from tests.livekit.stub import TwirpError
from tests.streams.bridge.conftest import until


def ready(hall):
    return bridge_state(stream_id=hall.stream.pk).ready


def on_hls(hall, server):
    """Fill the room until its pictures are to be had by HLS. Returns who sends them."""
    hall.fill(7)
    sender = hall.send(until(lambda: hall.running)[-1])
    until(lambda: ready(hall))
    return sender


def media_playlist(hall, server):
    path = hall.playback(wanted="hls").url
    return server.get(path.replace("master", "source")).decode()


def test_a_room_that_fills_is_to_be_had_by_hls(hall, serve):
    server = serve()
    hall.fill(6)
    assert hall.playback().kinds == ("webrtc",)
    on_hls(hall, server)

    (egress,) = hall.egresses
    asked = egress.participant
    assert (asked.room_name, asked.identity, asked.screen_share) == (hall.room, "broadcaster-1", False)
    options = asked.advanced
    assert (options.width, options.height, options.framerate, options.key_frame_interval) == (
        1280,
        720,
        30,
        1,
    )
    both = hall.playback()
    assert (both.kind, both.kinds) == ("webrtc", ("webrtc", "hls"))
    chosen = hall.playback(wanted="hls")
    assert (chosen.kind, chosen.kinds, chosen.token) == ("hls", ("webrtc", "hls"), None)
    master = server.get(chosen.url).decode()
    assert re.findall(r"RESOLUTION=(\S+)", master) == ["1280x720", "854x480"]
    text = until(lambda: (found := media_playlist(hall, server)).count("/seg/") >= 2 and found)
    init = re.search(r'EXT-X-MAP:URI="([^"]+)"', text)
    assert init is not None
    assert b"moov" in server.get(init[1])
    segments = [line for line in text.splitlines() if line.startswith("/seg/")]
    assert all(b"moof" in server.get(segment) for segment in segments)
    assert backend().frame(stream_id=hall.stream.pk).startswith(b"\xff\xd8")
    hall.stream.refresh_from_db()
    assert hall.stream.media_state == MediaState.FLOWING, "LiveKit's reconcile says that, not the bridge"


def test_beyond_the_limit_newcomers_get_hls_and_who_was_there_comes_back(hall, serve):
    server = serve()
    on_hls(hall, server)
    hall.fill(10)

    forced = hall.playback(wanted="webrtc")

    assert (forced.kind, forced.kinds) == ("hls", ("hls",))
    until(lambda: bridge_state(stream_id=hall.stream.pk).full)
    hall.fill(9)
    assert hall.playback().kind == "hls", "the border back lies further down"
    me = Person(viewer_id="a:me", holder="viewer:me")
    seat = seat_issue(stream_id=hall.stream.pk, role=SeatRole.VIEWER, person=me)
    Seat.objects.filter(pk=seat.pk).update(seen_at=seat.issued_at)
    back = hall.playback(me={"holder": "viewer:me", "leaving": seat.identity})
    assert back.kind == "webrtc"
    hall.fill(7)
    until(lambda: not bridge_state(stream_id=hall.stream.pk).full)
    assert hall.playback().kind == "webrtc"


def test_who_takes_hls_gives_the_seat_back(hall, serve):
    server = serve()
    on_hls(hall, server)
    person = Person(viewer_id="a:me", holder="viewer:me")
    seat = seat_issue(stream_id=hall.stream.pk, role=SeatRole.VIEWER, person=person)

    hall.playback(wanted="hls", me={"holder": "viewer:me", "leaving": seat.identity})

    seat.refresh_from_db()
    assert seat.revoked_at is not None


def test_an_emptier_room_needs_no_bridge(hall, serve):
    server = serve()
    sender = on_hls(hall, server)
    hall.fill(5)
    assert ready(hall)

    hall.fill(4)

    until(lambda: not Bridge.objects.exists())
    until(lambda: not sender.sends)
    assert hall.egresses[0].status == EgressStatus.EGRESS_ENDING
    assert hall.playback().kinds == ("webrtc",)


def test_the_bridge_ends_with_the_stream(hall, serve):
    server = serve()
    sender = on_hls(hall, server)
    path = hall.playback(wanted="hls").url

    stream_end(stream_id=hall.stream.pk, reason=EndReason.CREATOR)

    until(lambda: server.status(path) == 410)
    until(lambda: not sender.sends)
    until(lambda: not Bridge.objects.exists())
    until(lambda: stages.owned() == [])
    assert hall.running == []


def test_an_egress_that_comes_again_by_itself_finds_no_stage_that_is_over(hall, serve):
    serve()
    on_hls(hall, None)
    (crossing,) = bridges.crossings.values()
    stream_end(stream_id=hall.stream.pk, reason=EndReason.CREATOR)
    until(lambda: not crossing.connected)
    again = hall.send(hall.egresses[-1])
    until(lambda: not again.sends)
    assert stages.owned() == []


def test_a_publisher_who_comes_back_as_another_is_followed(hall, serve):
    server = serve()
    on_hls(hall, server).stop()
    before = media_playlist(hall, server)
    hall.livekit.leave(hall.room, "broadcaster-1")
    hall.publisher("encoder-2")

    egress = until(lambda: [one for one in hall.running if one.participant.identity == "encoder-2"])[0]
    hall.send(egress)

    after = until(lambda: (found := media_playlist(hall, server)).count("EXT-X-MAP") == 2 and found)
    numbers = [int(re.findall(r"MEDIA-SEQUENCE:(\d+)", text)[0]) for text in (before, after)]
    assert numbers[0] <= numbers[1]
    assert "EXT-X-DISCONTINUITY" in after
    assert "ENDLIST" not in after


def test_a_shared_screen_is_what_is_shown(hall, serve):
    server = serve()
    on_hls(hall, server)

    hall.livekit.publish(hall.room, "broadcaster-1", "screen_share")

    until(lambda: [one for one in hall.running if one.participant.screen_share])
    until(lambda: len(hall.running) == 1)


def test_an_egress_that_sends_nothing_is_replaced(hall, serve, monkeypatch):
    monkeypatch.setattr(bridge, "EGRESS_START_SECONDS", 0.3)
    monkeypatch.setattr(bridge, "RETRY_FIRST_SECONDS", 0.2)
    serve()
    hall.fill(7)

    second = until(lambda: len(hall.egresses) >= 2 and hall.running)[-1]
    monkeypatch.setattr(bridge, "EGRESS_START_SECONDS", 20.0)
    hall.send(second if second in hall.running else hall.running[-1])

    until(lambda: bridges.crossings and next(iter(bridges.crossings.values())).connected)


def test_without_egress_everybody_stays_in_the_room_and_it_is_said_once(
    hall, serve, settings, caplog, monkeypatch
):
    monkeypatch.setattr(bridge, "RETRY_FIRST_SECONDS", 0.2)
    settings.LIVEKIT_ROOM_CAPACITY = 12
    hall.livekit.set_egress_service(False)
    serve()
    hall.fill(11)

    until(lambda: Bridge.objects.filter(tries__gte=3).exists())

    assert hall.playback().kinds == ("webrtc",)
    hall.fill(12)
    with pytest.raises(MediaFull):
        hall.playback()
    said = [line for line in caplog.records if "no bridge to HLS" in line.getMessage()]
    assert [line.levelno for line in said].count(logging.WARNING) == 1
    hall.livekit.set_egress_service(True)
    hall.send(until(lambda: hall.running)[-1])
    until(lambda: ready(hall))


def test_another_process_takes_over(hall, serve):
    """The one that ran the bridges is gone, and its egress is of no use to the next."""
    first = serve()
    on_hls(hall, first)
    old = hall.running[-1].egress_id
    path = hall.playback(wanted="hls").url
    first.run(bridges.stop())
    first.run(stages.shut_down())
    Bridge.objects.update(egress_id=old)

    first.run(_again())

    egress = until(lambda: [one for one in hall.running if one.egress_id != old])[0]
    assert hall.livekit.egresses[old].status >= EgressStatus.EGRESS_ENDING
    hall.send(egress)
    until(lambda: ready(hall))
    text = until(lambda: (found := media_playlist(hall, first)).count("EXT-X-MAP") == 2 and found)
    assert first.status(path) == 200, "who watched goes on watching"
    assert "ENDLIST" not in text


async def _again() -> None:
    bridges.start()


def test_one_process_at_a_time_runs_them(hall, serve):
    server = serve()
    until(lambda: bridges.port)

    async def second() -> bool:
        other = bridge.Bridges()
        other.start()
        try:
            return await other._lead()
        finally:
            await other.stop()

    assert server.run(second()) is False


def test_a_bridge_takes_pictures_from_nobody_else(hall, serve):
    serve()
    hall.fill(7)
    until(lambda: hall.running)
    (crossing,) = bridges.crossings.values()
    assert isinstance(crossing, Crossing)
    sender = hall.send(hall.running[-1])
    sender.stop()
    address = hall.running[-1].participant.stream_outputs[0].urls[0]
    hall.running[-1].participant.stream_outputs[0].urls[0] = address[:-4] + "xxxx"
    guess = hall.send(hall.running[-1])
    until(lambda: not guess.sends)


def test_a_broken_listener_does_not_stop_the_server(hall, serve, settings, caplog):
    settings.BRIDGE_LISTEN = "203.0.113.1:1"
    server = serve()

    def said() -> int:
        return sum("bridges are not looked after" in line.getMessage() for line in caplog.records)

    until(said)
    assert server.status("/hls/x") == 404
    assert hall.playback().kind == "webrtc"
    assert said() == 1


def test_a_server_that_is_away_takes_no_bridge_down(hall, serve):
    server = serve()
    on_hls(hall, server)
    hall.livekit.faults["ListParticipants"] = TwirpError("unavailable", "no response from servers")
    hall.livekit.faults["ListRooms"] = TwirpError("unavailable", "no response from servers")
    count = len(hall.livekit.calls)
    until(lambda: len(hall.livekit.calls) > count + 5)
    assert ready(hall)
