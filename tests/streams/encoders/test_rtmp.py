"""A creator's RTMP address at the ingress service: made once, pointed at what waits, taken back."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.erasure import account_erase
from streams.encoders.rtmp import rtmp_point, rtmp_sweep
from streams.encoders.tasks import rtmp_sweep as sweep_task
from streams.keys import stream_key_reset
from streams.media.livekit.rooms import room_name
from streams.models import EndReason, RtmpAddress, Seat, SeatRole
from streams.services import media_arrived, media_lost, stream_create, stream_end
from tests.livekit.stub import Refused, TwirpError

pytestmark = pytest.mark.django_db
MAKE, READ = "/api/streams/encoder/rtmp", "/api/streams/encoder"


@pytest.fixture
def alices(livekit, alice, api):
    """A client that signed in just now, by password."""
    api.post("/accounts/login/", {"login": "alice", "password": "correct horse"})
    return api


@pytest.fixture
def make(alices):
    """alice asks for an address. Returns its key."""

    def make() -> str:
        answer = alices.post(MAKE)
        assert answer.status_code == 200, answer.content
        return str(answer.json()["stream_key"])

    return make


def ingress(livekit):
    (address,) = RtmpAddress.objects.filter(revoked_at=None)
    return livekit.ingresses[address.ingress_id]


def test_the_key_is_shown_once_and_kept_nowhere(alices, livekit, stream):
    answer = alices.post(MAKE)

    assert answer["Cache-Control"] == "no-store"
    made = answer.json()
    assert made["url"] == "rtmp://127.0.0.1:1935/live"
    row = RtmpAddress.objects.get()
    assert row.last_four == made["stream_key"][-4:]
    assert made["stream_key"] not in str(vars(row))
    shown = alices.get(READ).json()["rtmp"]
    assert shown == {"url": made["url"], "last_four": row.last_four, "state": "waiting"}


def test_an_encoder_comes_into_the_stream_that_waits(livekit, alice, stream, make):
    sid = livekit.push(make())

    seat = Seat.objects.get()
    assert (seat.stream, seat.role, seat.user, seat.bound_to) == (stream, SeatRole.ENCODER, alice, "")
    assert seat.admitted_at is not None
    assert livekit.participants(room_name(stream.pk))[seat.identity].sid == sid


def test_without_a_stream_that_waits_it_leads_nowhere_until_there_is_one(
    livekit, alice, stream, make, django_capture_on_commit_callbacks
):
    stream_end(stream_id=stream.pk, reason=EndReason.CREATOR)
    key = make()
    with pytest.raises(Refused):
        livekit.push(key)

    encore, _ = stream_create(creator=alice, title="Encore")
    sweep_task()

    livekit.push(key)
    assert len(livekit.participants(room_name(encore.pk))) == 1


def test_the_key_stays_the_same_from_stream_to_stream(livekit, alice, stream, make):
    key = make()
    livekit.push(key)
    livekit.stop_pushing(key)
    stream_end(stream_id=stream.pk, reason=EndReason.CREATOR)
    encore, _ = stream_create(creator=alice, title="Encore")
    RtmpAddress.objects.update(pointed_at=timezone.now() - timedelta(minutes=1))

    rtmp_sweep()

    livekit.push(key)
    assert len(livekit.participants(room_name(encore.pk))) == 1
    first, second = Seat.objects.order_by("pk")
    assert (first.stream, second.stream) == (stream, encore)
    assert first.revoked_at is not None


def test_an_encoder_that_comes_back_keeps_its_seat(livekit, alice, stream, make):
    key = make()
    Seat.objects.update(participant_sid=livekit.push(key), seen_at=timezone.now())
    media_arrived(stream_id=stream.pk)
    stream_create(creator=alice, title="For tomorrow")
    livekit.stop_pushing(key)
    media_lost(stream_id=stream.pk)
    RtmpAddress.objects.update(pointed_at=timezone.now() - timedelta(minutes=1))

    rtmp_sweep()

    livekit.push(key)
    assert len(livekit.participants(room_name(stream.pk))) == 1
    assert Seat.objects.count() == 1


def test_a_stream_that_began_in_its_studio_is_not_open_to_the_address(livekit, alice, stream, make):
    key = make()
    media_arrived(stream_id=stream.pk)

    rtmp_point(address_id=RtmpAddress.objects.get().pk)
    RtmpAddress.objects.update(pointed_at=timezone.now() - timedelta(minutes=1))
    rtmp_sweep()

    with pytest.raises(Refused):
        livekit.push(key)
    assert Seat.objects.get().revoked_at is not None


def test_who_may_not_go_live_any_more_has_an_address_that_leads_nowhere(livekit, stream, make, settings):
    key = make()
    settings.GO_LIVE = "approved"
    RtmpAddress.objects.update(pointed_at=timezone.now() - timedelta(minutes=1))

    rtmp_sweep()

    with pytest.raises(Refused):
        livekit.push(key)


def test_a_new_key_voids_the_old_one_and_puts_out_who_uses_it(livekit, alice, stream, make):
    old = make()
    livekit.push(old)

    new = make()

    assert new != old
    assert livekit.participants(room_name(stream.pk)) == {}
    with pytest.raises(Refused):
        livekit.push(old)
    livekit.push(new)
    assert RtmpAddress.objects.count() == 1


def test_taking_it_back_puts_out_who_uses_it(alices, livekit, stream, make):
    key = make()
    livekit.push(key)

    assert alices.delete(MAKE).status_code == 204
    assert alices.delete(MAKE).status_code == 204

    assert livekit.participants(room_name(stream.pk)) == {}
    assert alices.get(READ).json()["rtmp"] is None
    assert livekit.ingresses == {}


def test_what_livekit_did_not_hear_of_is_told_it_later(alices, livekit, stream, make):
    make()
    livekit.stop()
    try:
        assert alices.delete(MAKE).status_code == 204
        assert Seat.objects.get().revoked_at is not None
    finally:
        livekit.start()
    assert len(livekit.ingresses) == 1

    rtmp_sweep()

    assert livekit.ingresses == {}
    assert not RtmpAddress.objects.exists()


def test_a_refused_change_is_tried_again(livekit, alice, stream, make):
    livekit.faults["UpdateIngress"] = TwirpError("failed_precondition", "ingress is active")
    key = make()
    assert RtmpAddress.objects.get().seat is None

    livekit.faults.clear()
    rtmp_sweep()

    livekit.push(key)
    assert RtmpAddress.objects.get().seat is not None


def test_the_address_of_somebody_erased_is_forgotten(livekit, alice, stream, make):
    make()
    stream_end(stream_id=stream.pk, reason=EndReason.CREATOR)

    account_erase(user=alice)
    rtmp_sweep()

    assert livekit.ingresses == {}
    assert not RtmpAddress.objects.exists()


def test_an_address_that_livekit_lost_is_gone(alices, livekit, stream, make):
    make()
    row = RtmpAddress.objects.get()
    livekit.faults["UpdateIngress"] = TwirpError("not_found", "ingress does not exist")
    stream_end(stream_id=stream.pk, reason=EndReason.CREATOR)
    RtmpAddress.objects.update(pointed_at=timezone.now() - timedelta(minutes=1))

    rtmp_point(address_id=row.pk)

    assert alices.get(READ).json()["rtmp"] is None


def test_no_capacity_is_a_state_and_not_an_error(alices, livekit, stream, make, settings):
    key = make()
    livekit.set_ingress_full(True)
    with pytest.raises(Refused):
        livekit.push(key)
    assert alices.get(READ).json()["rtmp"]["state"] == "no_capacity"
    livekit.set_ingress_refused(True)
    refused = alices.post(MAKE)
    assert (refused.status_code, refused.json()["code"]) == (503, "no_capacity")
    assert alices.get(READ).json()["rtmp"] is not None, "the old one stays until there is a new one"


def test_without_an_ingress_service_only_whip_is_offered(alices, livekit, stream):
    livekit.faults["ListIngress"] = TwirpError("internal", "ingress not connected (redis required)")
    livekit.faults["CreateIngress"] = livekit.faults["ListIngress"]

    shown = alices.get(READ).json()

    assert (shown["rtmp_available"], shown["rtmp"]) == (False, None)
    assert shown["whip"]["url"].endswith("/whip")
    assert alices.post(MAKE).json() == {"code": "not_supported", "details": {"what": "rtmp"}}


def test_where_the_encoder_would_send_is_said_and_whether_it_does(alices, livekit, alice, stream, encoder_of):
    assert alices.get(READ).json()["stream"] == {
        "id": str(stream.pk),
        "title": "Cello in the rain",
        "status": "scheduled",
        "on_air": False,
    }
    encoder_of(alice).start()
    Seat.objects.update(seen_at=timezone.now())
    media_arrived(stream_id=stream.pk)
    assert alices.get(READ).json()["stream"]["on_air"] is True


def test_a_new_stream_key_leaves_who_pushes_by_rtmp(
    livekit, alice, stream, make, django_capture_on_commit_callbacks
):
    livekit.push(make())

    with django_capture_on_commit_callbacks(execute=True):
        stream_key_reset(creator=alice)

    assert len(livekit.participants(room_name(stream.pk))) == 1


def test_a_key_is_made_only_for_who_signed_in_lately(livekit, alice, stream, api_of):
    refused = api_of(alice).post(MAKE)
    assert (refused.status_code, refused.json()["code"]) == (401, "reauthentication_required")
    assert livekit.ingresses == {}


def test_without_livekit_there_is_nothing_to_type_in(alice, api_of):
    client = api_of(alice)
    assert client.get(READ).json() == {"whip": None, "rtmp": None, "rtmp_available": False, "stream": None}
    assert client.delete(MAKE).json()["code"] == "not_supported"
