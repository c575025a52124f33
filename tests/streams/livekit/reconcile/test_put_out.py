"""Who has no place in a room is put out of it, by a kick at once and by a look at the latest; nobody else is."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone
from livekit.protocol.models import ParticipantInfo
from pytest_django.fixtures import Settings

from accounts.events import PasswordChanged, SessionRevoked, UserErased, UserSignedOut
from accounts.models import User
from accounts.services import user_suspend
from core.facts import Fact, publish_on_commit
from streams import access
from streams.access import Action, StreamLike
from streams.media.livekit.rooms import room_name
from streams.media.livekit.rules import Unwelcome, door_in_use, unwelcome
from streams.media.livekit.seats import seat_admit
from streams.models import Seat, SeatRole, Stream, StreamVisibility
from streams.services import stream_create, stream_update
from streams.sessions import viewer_revoke, viewer_time_up
from streams.viewers import Viewer
from tests.streams.livekit.reconcile.site import Site, seat_of
from tests.streams.livekit.reconcile.tasks import Queue

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def on_air(site: Site, stream: Stream) -> Stream:
    site.goes_live(stream)
    return stream


def others(site: Site, stream: Stream) -> set[str]:
    """Everybody but the creator."""
    return {identity for identity in site.inside(stream) if not identity.startswith("broadcaster-")}


class TestWhoIsUnwelcome:
    def test_somebody_without_a_seat(self, site: Site, on_air: Stream) -> None:
        site.stub.join(room_name(on_air.pk), "viewer-made-up")
        site.looks_at(on_air)
        assert others(site, on_air) == set()

    def test_a_viewer_with_a_seat_stays(self, site: Site, on_air: Stream) -> None:
        one, tab = site.watches(on_air), site.watches(on_air)
        site.looks_at(on_air)
        site.looks()
        assert others(site, on_air) == {one.identity, tab.identity}, "two tabs are two seats"

    def test_a_copy_of_a_token_and_not_whoever_came_first(self, site: Site, on_air: Stream) -> None:
        guest = site.watches(on_air)
        site.looks_at(on_air)
        copy = site.enters(guest)  # which puts the first one out
        site.looks_at(on_air)
        assert others(site, on_air) == set()
        assert seat_of(guest).participant_sid != copy
        again = site.viewer(on_air, leaving=guest.identity)
        site.enters(again)
        site.looks_at(on_air)
        assert others(site, on_air) == {again.identity}

    def test_a_copy_that_was_faster_goes_when_its_victim_asks_anew(self, site: Site, on_air: Stream) -> None:
        guest = site.watches(on_air)
        site.enters(guest)  # before anybody looked: now nobody knows which of the two it was
        site.looks_at(on_air)
        assert others(site, on_air) == {guest.identity}
        again = site.viewer(on_air, leaving=guest.identity)
        site.enters(again)
        site.looks_at(on_air)
        assert others(site, on_air) == {again.identity}

    def test_a_token_that_was_taken_back(self, site: Site, on_air: Stream) -> None:
        guest = site.watches(on_air)
        site.looks_at(on_air)
        Seat.objects.filter(identity=guest.identity).update(revoked_at=timezone.now())
        site.looks_at(on_air)
        assert others(site, on_air) == set()

    def test_the_seat_of_another_stream_which_stays_good_there(
        self, site: Site, on_air: Stream, alice: User
    ) -> None:
        other = stream_create(creator=alice, title="Another")[0]
        site.goes_live(other)
        guest = site.watches(other)
        site.stub.join(room_name(on_air.pk), guest.identity)
        site.looks()
        assert others(site, on_air) == set()
        assert others(site, other) == {guest.identity}

    def test_who_first_shows_up_long_after_the_token_expired(self, site: Site, on_air: Stream) -> None:
        guest, timely = site.viewer(on_air), site.viewer(on_air)
        # While nobody looked: one came in time, one by a token that somebody had made anew.
        Seat.objects.filter(identity=guest.identity).update(expires_at=timezone.now() - timedelta(minutes=2))
        Seat.objects.filter(identity=timely.identity).update(expires_at=timezone.now() - timedelta(minutes=1))
        for each in (guest, timely):
            site.enters(each)
        site.looks_at(on_air)
        assert others(site, on_air) == {timely.identity}
        assert Seat.objects.get(identity=guest.identity).revoked_at is not None

    def test_who_did_not_come_by_the_door_where_there_is_one(
        self, site: Site, on_air: Stream, settings: Settings
    ) -> None:
        settings.LIVEKIT_PUBLIC_URL, settings.PUBLIC_URL = "wss://busk.example", "https://busk.example"
        assert door_in_use()
        Seat.objects.update(admitted_at=timezone.now())
        by_the_door, past_it, encoder = (site.viewer(on_air) for _ in range(3))
        Seat.objects.filter(identity=by_the_door.identity).update(bound_to="viewer:one")
        seat_admit(identity=by_the_door.identity, holders=["viewer:one"])
        Seat.objects.filter(identity=encoder.identity).update(role=SeatRole.ENCODER)
        for each in (by_the_door, past_it, encoder):
            site.enters(each)
        site.looks_at(on_air)
        assert others(site, on_air) == {by_the_door.identity, encoder.identity}

    def test_a_server_with_a_name_of_its_own_has_no_door_of_ours(
        self, site: Site, settings: Settings
    ) -> None:
        settings.LIVEKIT_PUBLIC_URL, settings.PUBLIC_URL = "wss://livekit.example", "https://busk.example"
        assert not door_in_use()

    @pytest.mark.parametrize("kind", [ParticipantInfo.Kind.EGRESS, ParticipantInfo.Kind.AGENT])
    def test_recorders_and_agents_are_the_servers_own(self, stream: Stream, kind: Any) -> None:
        found = ParticipantInfo(identity="EG_x", sid="PA_x", kind=kind)
        assert unwelcome(found, seat=None, stream=stream, door=True) is None
        assert unwelcome(ParticipantInfo(identity="EG_x"), seat=None, stream=stream, door=True)

    def test_an_encoder_at_the_servers_own_address_comes_again_and_again(self, stream: Stream) -> None:
        found = ParticipantInfo(identity="encoder-x", sid="PA_2", kind=ParticipantInfo.Kind.INGRESS)
        seat = Seat(stream=stream, role=SeatRole.ENCODER, participant_sid="PA_1", issued_at=timezone.now())
        assert unwelcome(found, seat=seat, stream=stream, door=True) is None
        seat.role = SeatRole.VIEWER
        assert unwelcome(found, seat=seat, stream=stream, door=True) == Unwelcome.UNKNOWN


class TestRoomsThatAreNotOurs:
    def test_are_left_alone(self, site: Site, on_air: Stream) -> None:
        for name in ("standup", f"stream-{'0' * 32}", room_name(on_air.pk) + "-x"):
            site.stub.create_room(name)
            site.stub.join(name, "somebody")
        site.looks()
        for name in ("standup", f"stream-{'0' * 32}", room_name(on_air.pk) + "-x"):
            assert set(site.stub.participants(name)) == {"somebody"}


class TestAKick:
    def test_is_at_once_and_the_old_token_is_no_way_back(
        self, site: Site, on_air: Stream, bob: User, queue: Queue
    ) -> None:
        guest, other = site.watches(on_air, user=bob), site.watches(on_air)
        site.looks_at(on_air)
        queue.waiting.clear()
        viewer_revoke(stream_id=on_air.pk, viewer_id=f"u:{bob.pk}")
        assert others(site, on_air) == {other.identity}, "before any task ran"
        now = timezone.now()
        with time_machine.travel(now, tick=False) as clock:
            for seconds in (1.5, 3.5, 8.5):
                site.enters(guest)
                clock.move_to(now + timedelta(seconds=seconds))
                queue.run_due()
                assert others(site, on_air) == {other.identity}, f"in again after {seconds} s"

    def test_two_hundred_at_once_cost_few_looks(self, site: Site, on_air: Stream, queue: Queue) -> None:
        guests = [site.watches(on_air, f"a:{number}") for number in range(200)]
        site.looks_at(on_air)
        queue.waiting.clear()
        for number in range(200):
            viewer_revoke(stream_id=on_air.pk, viewer_id=f"a:{number}")
        assert others(site, on_air) == set()
        assert queue.names().count("streams.tasks.livekit_room") <= 40
        for guest in guests:
            site.enters(guest)
        queue.run()
        assert others(site, on_air) == set()

    def test_of_somebody_who_is_on_the_way(self, site: Site, on_air: Stream, bob: User) -> None:
        guest = site.viewer(on_air, user=bob)
        viewer_revoke(stream_id=on_air.pk, viewer_id=f"u:{bob.pk}")
        site.enters(guest)
        site.looks_at(on_air)
        assert others(site, on_air) == set()

    def test_of_somebody_who_is_being_let_in(
        self,
        site: Site,
        on_air: Stream,
        bob: User,
        api_of: Callable[..., Any],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """Their seat is made when all of before are void already: it is as old as the question."""

        def revokes(viewer: Viewer, stream: StreamLike, action: Action) -> None:
            viewer_revoke(stream_id=stream.id, viewer_id=viewer.viewer_id)

        with monkeypatch.context() as during:
            during.setattr(access, "_gatekeepers", [*access._gatekeepers, revokes])
            token = api_of(bob).get(f"/api/streams/{on_air.pk}/token").json()["token"]
        site.stub.join_with(token)
        again = site.watches(on_air, user=bob)
        site.looks_at(on_air)
        assert others(site, on_air) == {again.identity}

    def test_when_the_time_of_a_preview_is_up(self, site: Site, on_air: Stream, bob: User) -> None:
        until = timezone.now() + timedelta(seconds=60)
        with time_machine.travel(until - timedelta(seconds=1), tick=False) as clock:
            inside = site.viewer(on_air, user=bob, until=until)
            assert seat_of(inside).expires_at == until
            site.enters(inside)
            clock.move_to(until)
            viewer_time_up(stream_id=on_air.pk, viewer_id=f"u:{bob.pk}")
            assert others(site, on_air) == set()
            # Asked for before, and made after everybody was looked for.
            site.enters(site.viewer(on_air, user=bob, until=until))
            site.looks_at(on_air)
            assert others(site, on_air) == set()

    def test_while_livekit_is_away_is_made_good_at_its_return(
        self, site: Site, on_air: Stream, bob: User, queue: Queue
    ) -> None:
        site.watches(on_air, user=bob)
        site.looks_at(on_air)
        site.stub.stop()
        viewer_revoke(stream_id=on_air.pk, viewer_id=f"u:{bob.pk}")
        queue.run()
        site.stub.start()
        site.looks()
        assert others(site, on_air) == set()


def told(fact: Fact) -> None:
    with transaction.atomic():
        publish_on_commit(fact)


class TestTheEndOfASignIn:
    @pytest.mark.parametrize(
        "fact",
        [
            lambda user: UserSignedOut(user_id=str(user.pk), session_hash="this-login"),
            lambda user: SessionRevoked(user_id=str(user.pk), session_hash="this-login"),
            lambda user: PasswordChanged(user_id=str(user.pk)),
        ],
    )
    def test_puts_out_who_came_by_it_at_every_stream(
        self, site: Site, on_air: Stream, bob: User, fact: Callable[[User], Fact]
    ) -> None:
        one = site.watches(on_air, user=bob, login="this-login")
        other = site.watches(on_air, user=bob, login="that-login")
        anonymous = site.watches(on_air)
        site.looks_at(on_air)
        told(fact(bob))
        gone = {one.identity} if hasattr(fact(bob), "session_hash") else {one.identity, other.identity}
        assert others(site, on_air) == {one.identity, other.identity, anonymous.identity} - gone

    def test_takes_the_studio_off_the_air(self, site: Site, stream: Stream, alice: User) -> None:
        creator = site.broadcaster(stream, login="studio")
        site.enters(creator)
        told(SessionRevoked(user_id=str(alice.pk), session_hash="studio"))
        assert site.inside(stream) == set()

    def test_a_suspension_puts_out_too(self, site: Site, on_air: Stream, bob: User, admin: User) -> None:
        site.watches(on_air, user=bob)
        site.looks_at(on_air)
        user_suspend(user=bob, by=admin.party_id)
        assert others(site, on_air) == set()

    def test_an_erased_account_has_no_seats_left_and_is_found_by_that(
        self, site: Site, on_air: Stream, bob: User, queue: Queue
    ) -> None:
        site.watches(on_air, user=bob)
        site.looks_at(on_air)
        user_id, party_id = str(bob.pk), str(bob.party_id)
        Seat.objects.filter(user=bob).delete()
        told(UserErased(user_id=user_id, party_id=party_id))
        queue.run()
        assert others(site, on_air) == set()


class TestAnotherAudience:
    def test_everybody_who_came_before_comes_anew(self, site: Site, on_air: Stream) -> None:
        site.watches(on_air)
        coming = site.viewer(on_air)
        site.looks_at(on_air)
        stream_update(stream_id=on_air.pk, visibility=StreamVisibility.UNLISTED)
        assert others(site, on_air) == set()
        later = site.watches(on_air)
        site.enters(coming)
        site.looks_at(on_air)
        assert others(site, on_air) == {later.identity}
        assert len(site.inside(on_air)) == 2, "its creator stays"

    def test_also_where_the_fact_was_lost(self, site: Site, on_air: Stream) -> None:
        site.watches(on_air)
        site.looks_at(on_air)
        Stream.objects.filter(pk=on_air.pk).update(audience_changed_at=timezone.now())
        site.looks_at(on_air)
        assert others(site, on_air) == set()
