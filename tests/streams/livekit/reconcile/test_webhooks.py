"""`POST /webhooks/livekit`: verified, kept once without secrets, followed by a look; lost, doubled or swapped alike."""

import json
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.json_format import MessageToJson
from google.protobuf.message import Message
from livekit import api
from livekit.protocol.webhook import WebhookEvent
from pytest_django.fixtures import Settings

from streams.media.livekit.rooms import room_name
from streams.media.livekit.webhooks import KEPT_FOR, events_sweep, old_forget
from streams.models import EngineEvent, MediaState, Seat, Stream, StreamStatus
from streams.services import stream_create
from tests.livekit.stub import SignedHook
from tests.streams.livekit.reconcile.site import Site
from tests.streams.livekit.reconcile.tasks import Queue

pytestmark = pytest.mark.django_db(transaction=True)

SECRET = "s3cr3t-that-nobody-may-read"


def post(hook: SignedHook, *, body: bytes | None = None, authorization: str | None = None) -> Any:
    return Client(enforce_csrf_checks=True).post(
        "/webhooks/livekit",
        data=hook.body if body is None else body,
        content_type=hook.content_type,
        headers={"Authorization": hook.authorization if authorization is None else authorization},
    )


def signed(site: Site, event: WebhookEvent) -> SignedHook:
    return site.stub.webhooks.sign(event)


def any_event(stream: Stream, *, id: str = "EV_one") -> WebhookEvent:
    event = WebhookEvent(event="participant_left", id=id)
    event.room.name = room_name(stream.pk)
    return event


class TestTheDoor:
    def test_an_event_is_kept_once_however_often_it_comes(
        self, site: Site, stream: Stream, queue: Queue
    ) -> None:
        hook = signed(site, any_event(stream))
        for _ in range(3):
            assert post(hook).status_code == 200
        kept = EngineEvent.objects.get()
        assert (kept.id, kept.name, kept.room_name) == ("EV_one", "participant_left", stream.room_name)
        assert kept.handled_at is None
        queue.run()
        kept.refresh_from_db()
        assert kept.handled_at is not None

    def test_what_is_not_signed_for_this_body_is_refused_and_never_kept(
        self, site: Site, stream: Stream
    ) -> None:
        hook = signed(site, any_event(stream))
        other = signed(site, any_event(stream, id="EV_other"))
        join_token = site.viewer(stream).given.token  # signed with the same key, and every viewer has one
        stranger = api.AccessToken(site.stub.key, "another-secret-of-thirty-two-bytes!!").to_jwt()
        wrong: list[dict[str, Any]] = [
            {"authorization": ""},
            {"authorization": "nonsense"},
            {"authorization": other.authorization},
            {"authorization": join_token},
            {"authorization": stranger},
            {"body": hook.body.replace(b"left", b"joined")},
            {"body": hook.body + b" "},
            {"body": b"\xff\xfe"},
        ]
        for case in wrong:
            answer = post(hook, **case)
            assert (answer.status_code, json.loads(answer.content)["code"]) == (401, "webhook_refused"), case
        assert not EngineEvent.objects.exists()

    def test_a_signature_of_yesterday_is_refused(self, site: Site, stream: Stream) -> None:
        hook = signed(site, any_event(stream))
        with time_machine.travel(timezone.now() + timedelta(minutes=10)):
            assert post(hook).status_code == 401
        assert not EngineEvent.objects.exists()

    def test_what_is_signed_and_no_event_is_invalid(self, site: Site, stream: Stream) -> None:
        answer = post(signed(site, any_event(stream, id="")))
        assert (answer.status_code, json.loads(answer.content)["code"]) == (400, "invalid_input")

    def test_a_body_of_any_size_is_not_read(self, site: Site, stream: Stream) -> None:
        answer = post(signed(site, any_event(stream)), body=b"x" * (256 * 1024 + 1))
        assert (answer.status_code, json.loads(answer.content)["code"]) == (413, "too_large")

    def test_without_livekit_there_is_no_such_door(
        self, site: Site, stream: Stream, settings: Settings
    ) -> None:
        hook = signed(site, any_event(stream))
        settings.LIVEKIT_URL = ""
        answer = post(hook)
        assert (answer.status_code, json.loads(answer.content)["code"]) == (404, "not_found")
        assert Client().get("/webhooks/livekit").status_code == 404

    def test_rooms_of_others_are_nothing_to_look_at(self, site: Site, stream: Stream, queue: Queue) -> None:
        event = any_event(stream)
        event.room.name = "standup"
        assert post(signed(site, event)).status_code == 200
        assert EngineEvent.objects.get().handled_at is not None
        assert queue.waiting == []


def fill(message: Message, depth: int = 0) -> None:
    """Every text there is, of any field LiveKit's protocol has, is the secret."""
    for descriptor in message.DESCRIPTOR.fields:
        if descriptor.message_type is not None:
            if depth > 6 or descriptor.message_type.GetOptions().map_entry:
                continue
            part = getattr(message, descriptor.name)
            fill(part.add() if descriptor.is_repeated else part, depth + 1)
        elif descriptor.type == FieldDescriptor.TYPE_STRING:
            if descriptor.is_repeated:
                getattr(message, descriptor.name).append(SECRET)
            else:
                setattr(message, descriptor.name, SECRET)


def test_of_all_that_livekit_may_tell_only_what_is_no_secret_is_kept(site: Site, stream: Stream) -> None:
    event = WebhookEvent()
    fill(event)
    event.event, event.id, event.room.name = "ingress_started", "EV_full", room_name(stream.pk)
    told = MessageToJson(event)
    for name in ("turnPassword", "streamKey"):
        assert f'"{name}": "{SECRET}"' in told, "the test tells secrets at all"
    assert told.count(SECRET) > 100
    assert post(signed(site, event)).status_code == 200

    def names_of(part: Any, path: str = "") -> set[str]:
        if isinstance(part, dict):
            return {found for name, inner in part.items() for found in names_of(inner, f"{path}.{name}")}
        return {path[1:]} if part == SECRET else set()

    assert names_of(EngineEvent.objects.get().payload) == {
        "room.sid",
        "participant.sid",
        "participant.identity",
        "track.sid",
        "track.mimeType",
        "egressInfo.egressId",
        "egressInfo.roomId",
        "egressInfo.roomName",
        "ingressInfo.ingressId",
        "ingressInfo.roomName",
        "ingressInfo.participantIdentity",
        "ingressInfo.state.roomId",
    }


class TestWhatFollows:
    def test_a_camera_is_on_air_by_its_webhook_alone(self, site: Site, stream: Stream, queue: Queue) -> None:
        creator = site.broadcaster(stream)
        site.enters(creator)
        site.stub.publish(creator.room, creator.identity)
        for hook in site.stub.take_hooks():
            assert post(hook).status_code == 200
        queue.run()
        stream.refresh_from_db()
        assert stream.status == StreamStatus.LIVE

    @pytest.mark.parametrize("order", ["lost", "doubled", "swapped", "late"])
    def test_however_they_come_the_end_is_the_same(
        self, site: Site, stream: Stream, queue: Queue, order: str
    ) -> None:
        creator = site.broadcaster(stream)
        site.enters(creator)
        site.stub.publish(creator.room, creator.identity)
        site.stub.unpublish(creator.room, creator.identity, "camera")
        guest = site.watches(stream)
        site.stub.leave(guest.room, guest.identity)
        hooks = site.stub.take_hooks()
        assert len(hooks) > 5
        arrived = {"lost": [], "doubled": hooks * 2, "swapped": hooks[::-1], "late": hooks}[order]
        if order == "late":
            site.looks()
        site.stub.publish(creator.room, creator.identity, "camera")
        for hook in arrived:
            assert post(hook).status_code == 200
            queue.run()
        if order == "lost":
            site.looks()
        stream.refresh_from_db()
        assert (stream.status, stream.media_state) == (StreamStatus.LIVE, MediaState.FLOWING)
        assert Seat.objects.get(identity=creator.identity).left_at is None
        assert EngineEvent.objects.count() == len(set(arrived))
        assert not EngineEvent.objects.filter(handled_at=None).exists()

    def test_four_hundred_who_leave_at_once_cost_a_handful_of_looks(
        self, site: Site, stream: Stream, queue: Queue
    ) -> None:
        site.goes_live(stream)
        guests = [site.watches(stream, f"a:{number}") for number in range(400)]
        site.looks()
        site.stub.take_hooks()
        site.stub.calls.clear()
        for guest in guests:
            site.stub.leave(guest.room, guest.identity)
        hooks = site.stub.take_hooks()
        with time_machine.travel(timezone.now(), tick=False) as clock:
            for number, hook in enumerate(hooks):
                post(hook)
                if number % 100 == 0:
                    clock.shift(0.3)
                    queue.run_due()
            clock.shift(2)
            queue.run_due()
        assert 2 <= len(site.stub.called("ListParticipants")) <= 5
        assert not Seat.objects.filter(role="viewer", left_at=None).exists()
        assert not EngineEvent.objects.filter(handled_at=None).exists()

    def test_an_event_whose_task_was_lost_is_picked_up(
        self, site: Site, stream: Stream, queue: Queue
    ) -> None:
        event = any_event(stream)
        assert post(signed(site, event)).status_code == 200
        event.id, event.room.name = "EV_elsewhere", f"stream-{'0' * 32}"
        assert post(signed(site, event)).status_code == 200
        queue.waiting.clear()
        with time_machine.travel(timezone.now() + timedelta(seconds=15)):
            events_sweep()
            queue.run()
        assert not EngineEvent.objects.filter(handled_at=None).exists()

    def test_what_is_old_is_forgotten(self, site: Site, stream: Stream, alice: Any) -> None:
        post(signed(site, any_event(stream)))
        other = stream_create(creator=alice, title="Later")[0]
        for each in (stream, other):
            site.viewer(each)
        Stream.objects.filter(pk=stream.pk).update(settled_at=timezone.now())
        with time_machine.travel(timezone.now() + KEPT_FOR + timedelta(minutes=1)):
            old_forget()
        assert not EngineEvent.objects.exists()
        assert [seat.stream_id for seat in Seat.objects.all()] == [other.pk]
