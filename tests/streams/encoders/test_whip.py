"""An encoder knocks with a stream key, over HTTP; the media server is a stand-in."""

import asyncio

import pytest
from asgiref.testing import ApplicationCommunicator
from django.core.cache import caches

from config.asgi import application
from core.logs import without_secrets
from realtime.calls import call
from streams.encoders import views
from streams.keys import stream_key_reset
from streams.media.livekit.reconcile import room_reconcile
from streams.media.livekit.rooms import room_name
from streams.models import EndReason, Seat, SeatRole
from streams.services import media_arrived, media_lost, stream_create, stream_end
from tests.livekit.stub import TwirpError
from tests.streams.encoders.conftest import OFFER, Encoder

pytestmark = pytest.mark.django_db


def test_a_key_brings_the_encoder_into_the_prepared_stream(livekit, alice, stream, encoder_of):
    encoder = encoder_of(alice)

    answer = encoder.start()

    assert answer.status_code == 201
    assert answer["Content-Type"] == "application/sdp"
    assert answer.content.startswith(b"v=0")
    assert answer["ETag"]
    assert 'rel="ice-server"' in answer["Link"]
    assert answer["Location"].startswith(f"/whip/{encoder.key}/PA_")
    assert answer["Cache-Control"] == "no-store"
    assert not answer.cookies
    seat = Seat.objects.get()
    assert (seat.stream, seat.role, seat.user, seat.bound_to) == (stream, SeatRole.ENCODER, alice, "")
    assert seat.admitted_at is not None
    there = livekit.participants(room_name(stream.pk))
    assert there[seat.identity].sid == seat.participant_sid == encoder.participant
    assert there[seat.identity].name == "Alice"
    assert len(there[seat.identity].tracks) == 2
    assert not there[seat.identity].permission.can_subscribe


def test_the_key_may_be_a_bearer_and_then_is_in_no_address(livekit, alice, stream, encoder_of):
    encoder = encoder_of(alice, as_bearer=True)

    answer = encoder.start()

    assert answer.status_code == 201
    assert answer["Location"].startswith("/whip/-/PA_")
    assert encoder.trickle(answer["ETag"]).status_code == 204
    assert encoder.stop().status_code == 200
    assert livekit.participants(room_name(stream.pk)) == {}


def test_candidates_and_restarts_are_passed_on(livekit, alice, stream, encoder_of):
    encoder = encoder_of(alice)
    etag = encoder.start()["ETag"]

    assert encoder.trickle(etag).status_code == 204
    restarted = encoder.trickle("*")
    assert restarted.status_code == 200
    assert restarted["ETag"] != etag
    assert b"a=ice-ufrag" in restarted.content
    assert encoder.trickle("").json() == {"code": "offer_refused", "details": {"status": 428}}


def test_stopping_twice_is_stopping(livekit, alice, stream, encoder_of):
    encoder = encoder_of(alice)
    encoder.start()

    assert encoder.stop().status_code == 200
    assert encoder.stop().status_code == 200


def test_one_creator_cannot_touch_anothers_session(livekit, alice, bob, stream, encoder_of):
    encoder, other = encoder_of(alice), encoder_of(bob)
    encoder.start()
    other.session = f"/whip/{other.key}/{encoder.participant}"

    assert other.stop().status_code == 404
    assert other.trickle("*").status_code == 404
    assert len(livekit.participants(room_name(stream.pk))) == 1


@pytest.mark.parametrize("key", ["live_no-such-key-at-all-0000000", "x", "-"])
def test_an_unknown_key_opens_nothing(livekit, stream, key):
    answer = Encoder(key).start()

    assert (answer.status_code, answer.json()["code"]) == (401, "stream_key_unknown")
    assert answer["WWW-Authenticate"] == "Bearer"
    assert livekit.rooms == []


def test_a_revoked_key_opens_nothing(livekit, alice, stream, encoder_of):
    encoder = encoder_of(alice)
    stream_key_reset(creator=alice)

    answer = encoder.start()

    assert (answer.status_code, answer.json()["code"]) == (403, "stream_key_revoked")


def test_a_closed_account_has_no_key(livekit, alice, stream, encoder_of):
    encoder = encoder_of(alice)
    alice.is_active = False
    alice.save(update_fields=["is_active"])

    assert encoder.start().json()["code"] == "stream_key_revoked"


def test_who_may_not_go_live_may_not_by_an_encoder_either(livekit, alice, stream, encoder_of, settings):
    encoder = encoder_of(alice)
    settings.GO_LIVE = "approved"

    assert encoder.start().json() == {"code": "not_approved", "details": {"help": "ask_staff"}}
    assert not Seat.objects.exists()


def test_without_a_prepared_stream_it_is_told_what_to_do(livekit, alice, stream, encoder_of):
    encoder = encoder_of(alice)
    stream_end(stream_id=stream.pk, reason=EndReason.CREATOR)

    answer = encoder.start()

    assert answer.status_code == 409
    assert answer.json()["code"] == "nothing_prepared"
    assert "go-live page" in answer.json()["details"]["message"]


def test_of_several_prepared_streams_the_newest_begins(livekit, alice, stream, encoder_of):
    newest, _ = stream_create(creator=alice, title="Encore")

    encoder_of(alice).start()

    assert Seat.objects.get().stream == newest


def test_an_encoder_that_comes_back_goes_on_in_its_stream(
    livekit, alice, stream, encoder_of, django_capture_on_commit_callbacks
):
    encoder = encoder_of(alice)
    encoder.start()
    media_arrived(stream_id=stream.pk)
    stream_create(creator=alice, title="For tomorrow")
    encoder.stop()
    media_lost(stream_id=stream.pk)

    assert encoder.start().status_code == 201
    assert set(Seat.objects.values_list("stream", flat=True)) == {stream.pk}


def test_the_newest_encoder_wins_once_it_sends(livekit, alice, stream, encoder_of):
    first = encoder_of(alice)
    second = Encoder(first.key, as_bearer=True)
    first.start()
    livekit.set_media_flows(False)
    second.start()
    room_reconcile(stream.pk)
    room = room_name(stream.pk)
    assert len(livekit.participants(room)) == 2, "one that does not send puts out nobody"

    identity = Seat.objects.get(participant_sid=second.participant).identity
    livekit.activate(room, identity)
    livekit.publish(room, identity, "camera")
    room_reconcile(stream.pk)

    there = livekit.participants(room)
    assert [found.sid for found in there.values()] == [second.participant]
    assert first.trickle("*").status_code == 404
    room_reconcile(stream.pk)
    assert len(livekit.participants(room)) == 1


def test_the_studio_leaves_sending_to_an_encoder_that_may_come_back(
    livekit, alice, stream, encoder_of, browser_of
):
    def sends_elsewhere() -> bool:
        page = browser_of(alice).get(f"/stream/broadcast/{stream.pk}")
        return bool(page.context["props"]["sending_elsewhere"])

    assert not sends_elsewhere()
    encoder = encoder_of(alice)
    encoder.start()
    assert sends_elsewhere(), "before the room was looked at"
    media_arrived(stream_id=stream.pk)
    encoder.stop()
    media_lost(stream_id=stream.pk)
    assert sends_elsewhere()


def test_while_the_studio_sends_no_encoder_may(livekit, alice, live_stream, encoder_of):
    room = room_name(live_stream.pk)
    livekit.create_room(room)
    livekit.join(room, "broadcaster-1")
    livekit.publish(room, "broadcaster-1", "camera")

    answer = encoder_of(alice).start()

    assert (answer.status_code, answer.json()["code"]) == (409, "on_air_from_browser")
    assert set(livekit.participants(room)) == {"broadcaster-1"}


def test_a_new_key_puts_out_who_came_with_the_old_one(
    livekit, alice, stream, encoder_of, django_capture_on_commit_callbacks
):
    encoder_of(alice).start()

    with django_capture_on_commit_callbacks(execute=True):
        stream_key_reset(creator=alice)

    assert livekit.participants(room_name(stream.pk)) == {}
    assert Seat.objects.get().revoked_at is not None


def test_a_server_that_is_away_is_a_state_to_wait_for(livekit, alice, stream, encoder_of):
    encoder = encoder_of(alice)
    livekit.stop()
    try:
        answer = encoder.start()
    finally:
        livekit.start()

    assert (answer.status_code, answer.json()["code"]) == (503, "media_away")
    assert int(answer["Retry-After"]) > 0
    assert encoder.start().status_code == 201


def test_a_server_without_room_for_more_is_too(livekit, alice, stream, encoder_of):
    livekit.faults["CreateRoom"] = TwirpError("resource_exhausted", "server capacity exceeded")

    answer = encoder_of(alice).start()

    assert (answer.status_code, answer.json()["code"]) == (503, "media_away")
    assert int(answer["Retry-After"]) > 0


def test_an_offer_that_is_none_is_the_encoders_fault(livekit, alice, stream, encoder_of):
    encoder = encoder_of(alice)
    running = encoder_of(alice)
    running.start()

    encoder.key = running.key
    answer = Encoder(running.key).start("hello")

    assert answer.status_code == 400
    assert answer.json() == {"code": "offer_refused", "details": {"status": 400}}
    assert len(livekit.participants(room_name(stream.pk))) == 1, "who was there stays"


def test_only_offers_are_read_and_none_is_endless(livekit, alice, stream, encoder_of):
    encoder = encoder_of(alice)

    assert encoder.start(kind="application/json").status_code == 415
    assert encoder.start(OFFER + "a" * views.MOST_BYTES).json()["code"] == "too_large"


def test_other_methods_are_refused_and_options_say_which_are_not(client, livekit):
    assert client.get("/whip/x").status_code == 405
    assert client.put("/whip").json()["code"] == "method_not_allowed"
    assert client.patch("/whip/x").status_code == 405
    options = client.options("/whip")
    assert (options.status_code, options["Accept-Post"]) == (204, "application/sdp")


def test_without_livekit_there_is_no_such_door(client):
    answer = client.post("/whip/x", OFFER, content_type="application/sdp")
    assert (answer.status_code, answer.json()) == (
        501,
        {"code": "not_supported", "details": {"what": "encoders"}},
    )


def test_each_key_and_each_address_has_its_limit(
    livekit, alice, stream, encoder_of, monkeypatch, time_machine
):
    time_machine.move_to("2027-01-01T12:00:00Z", tick=False)
    encoder = encoder_of(alice)
    monkeypatch.setattr(views, "PER_KEY", 2)
    for _ in range(2):
        assert encoder.start("x").status_code == 400
    refused = encoder.start("x")
    assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")
    assert int(refused["Retry-After"]) > 0
    caches["limits"].clear()
    monkeypatch.setattr(views, "PER_ADDRESS", 3)
    assert [Encoder(f"guess-{n}").start("x").status_code for n in range(4)] == [401, 401, 401, 429]


@pytest.mark.django_db(transaction=True)
async def test_a_slow_server_holds_up_nobody_else(livekit, stream, alice):
    key = (await call(stream_key_reset, creator=alice))[1]
    livekit.delay_seconds = 4.0
    headers = [(b"host", b"localhost"), (b"content-type", b"application/sdp")]
    scope = {"type": "http", "http_version": "1.1", "query_string": b"", "headers": headers}
    slow = ApplicationCommunicator(
        application, {**scope, "method": "POST", "path": f"/whip/{key}", "raw_path": b""}
    )
    try:
        await slow.send_input({"type": "http.request", "body": OFFER.encode()})
        while not livekit.calls:
            await asyncio.sleep(0.01)
        other = ApplicationCommunicator(
            application, {**scope, "method": "POST", "path": "/whip/x", "raw_path": b""}
        )
        await other.send_input({"type": "http.request", "body": OFFER.encode()})
        assert (await other.receive_output(timeout=3))["status"] == 401
        assert slow.output_queue.empty(), "it does not wait for the server"
    finally:
        livekit.delay_seconds = 0.0
        for asked in (slow, other):
            await asked.wait(timeout=30)


def test_what_was_shown_as_a_key_is_in_no_log_line():
    line = without_secrets('"POST /whip/hunter2hunter2/PA_1 HTTP/1.1" at https://busk.example/whip/hunter2?x')
    assert "hunter2" not in line
    assert "PA_1" in line
    assert without_secrets("POST /whip/v1/PA_1") == "POST /whip/v1/PA_1"
