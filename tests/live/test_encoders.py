"""Encoders in place of the browser's camera: by WHIP always, by RTMP and out to HLS where those services run."""

import subprocess
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from streams.media.relay import ffmpeg
from tests.browsers import Visitors
from tests.live.rooms import Room, seconds_until
from tests.live.site import Site
from tests.streaming import expect_moving_pictures, logger

pytestmark = pytest.mark.live

DOOR, WEBHOOKS = True, True
SETTINGS = {"BUSK_STREAM_GRACE_SECONDS": "20"}

# An encoder, as far as WHIP goes: RFC 9725, without trickling.
SEND = """async ([key]) => {
  const peer = new RTCPeerConnection();
  const media = await navigator.mediaDevices.getUserMedia({video: {width: 1280, height: 720}, audio: true});
  for (const track of media.getTracks()) peer.addTransceiver(track, {direction: "sendonly", streams: [media]});
  await peer.setLocalDescription();
  if (peer.iceGatheringState !== "complete") {
    await new Promise((done) => peer.addEventListener("icegatheringstatechange", () => {
      if (peer.iceGatheringState === "complete") done();
    }));
  }
  const headers = {"Content-Type": "application/sdp", Authorization: `Bearer ${key}`};
  const answer = await fetch("/whip", {method: "POST", headers, body: peer.localDescription.sdp});
  if (answer.status !== 201) return answer.status;
  window.stopSending = async () => {
    await fetch(answer.headers.get("Location"), {method: "DELETE", headers: {Authorization: `Bearer ${key}`}});
    peer.close();
  };
  await peer.setRemoteDescription({type: "answer", sdp: await answer.text()});
  return answer.status;
}"""


@pytest.fixture
def creator(visitors: Visitors) -> Page:
    """On the go-live page, with a stream prepared for an encoder."""
    page = visitors.sign_in("mara")
    page.goto("/creator/go-live")
    page.get_by_text("Use OBS or another encoder").click()
    prepare = page.get_by_role("button", name="Prepare the stream for the encoder")
    expect(prepare).to_have_attribute("aria-disabled", "true")
    page.get_by_label("Title").fill("Cello by OBS")
    prepare.click()
    expect(page.get_by_text("Waiting for your encoder")).to_be_visible()
    return page


def stream_id_of(page: Page) -> str:
    return str(
        page.evaluate("fetch('/api/streams/encoder').then((r) => r.json()).then((known) => known.stream.id)")
    )


@pytest.fixture
def room(site: Site, creator: Page) -> Iterator[Room]:
    room = Room(site, stream_id_of(creator))
    yield room
    creator.evaluate(
        """async (id) => fetch(`/api/streams/${id}/end`, {method: "POST", headers: {
            "X-CSRFToken": document.cookie.match(/csrftoken=([^;]+)/)[1]}})""",
        stream_id_of(creator),
    )
    room.close()


def test_an_encoder_by_whip_is_on_air_and_off_again(visitors: Visitors, creator: Page, room: Room) -> None:
    stream_id = stream_id_of(creator)
    make = creator.get_by_role("button", name="stream key")
    make.click()
    shown = creator.get_by_label("Bearer token (your stream key)", exact=True)
    key = shown.input_value()
    encoder = visitors.come()
    encoder.goto("/live")

    assert encoder.evaluate(SEND, [key]) == 201

    on_air = creator.get_by_text("Your encoder is on air.")
    took = seconds_until(creator, on_air.is_visible, "on air")
    logger.info("an encoder by WHIP was on air after %.1f s", took)
    (identity,) = room.identities("encoder-")
    viewer = visitors.come()
    viewer.goto(f"/stream/{stream_id}")
    expect_moving_pictures(viewer)
    second = visitors.come()
    second.goto("/live")
    assert second.evaluate(SEND, [key]) == 201
    seconds_until(
        creator, lambda: identity not in room.identities("encoder-"), "the first encoder is put out"
    )
    studio = creator.context.new_page()
    studio.goto(f"/stream/broadcast/{stream_id}")
    expect(studio.get_by_role("heading", name="Cello by OBS")).to_be_visible()
    expect_moving_pictures(viewer)
    assert room.identities("broadcaster-") == [], "the studio leaves sending to the encoder"
    second.evaluate("stopSending()")
    seconds_until(creator, lambda: room.identities("encoder-") == [], "nobody sends")
    expect(on_air).not_to_be_visible()


def test_a_new_key_puts_out_who_sends_with_the_old_one(visitors: Visitors, creator: Page, room: Room) -> None:
    make = creator.get_by_role("button", name="stream key")
    make.click()
    shown = creator.get_by_label("Bearer token (your stream key)", exact=True)
    key = shown.input_value()
    encoder = visitors.come()
    encoder.goto("/live")
    assert encoder.evaluate(SEND, [key]) == 201
    seconds_until(creator, lambda: len(room.identities("encoder-")) == 1, "it sends")

    creator.get_by_role("button", name="Make a new stream key").click()

    seconds_until(creator, lambda: room.identities("encoder-") == [], "it is put out")
    visitors.expect_refusals()
    assert encoder.evaluate(SEND, [key]) == 403


def test_an_encoder_by_rtmp_is_on_air(visitors: Visitors, creator: Page, room: Room) -> None:
    ask = creator.get_by_role("button", name="Show RTMP address and key")
    if not ask.is_visible():
        pytest.skip("LiveKit has no ingress service here")
    ask.click()
    key = creator.get_by_label("Stream key", exact=True)
    expect(key).to_be_visible()
    url = creator.get_by_label("Server", exact=True).last.input_value()
    command = [
        ffmpeg.binary(), "-v", "error", "-re", "-f", "lavfi", "-i", "testsrc2=size=1280x720:rate=30",
        "-f", "lavfi", "-i", "sine=frequency=440", "-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency",
        "-g", "60", "-b:v", "2M", "-pix_fmt", "yuv420p", "-c:a", "aac", "-f", "flv", f"{url}/{key.input_value()}",
    ]  # fmt: skip
    started: list[subprocess.Popen[bytes]] = []

    def on_air() -> bool:
        if not started or started[-1].poll() is not None:  # refused for want of capacity: as OBS does, again
            started.append(subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        return creator.get_by_text("Your encoder is on air.").is_visible()

    try:
        took = seconds_until(creator, on_air, "on air", patience=90)
        logger.info("an encoder by RTMP was on air after %.1f s, at try %s", took, len(started))
        viewer = visitors.come()
        viewer.goto(f"/stream/{stream_id_of(creator)}")
        expect_moving_pictures(viewer)
    finally:
        for process in started:
            process.kill()
            process.wait()
    seconds_until(creator, lambda: room.identities("encoder-") == [], "nobody sends")
