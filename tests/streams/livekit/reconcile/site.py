"""What people do at a site with LiveKit, in the words of the tests."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from accounts.models import User
from streams.media import backend
from streams.media.livekit.client import engine
from streams.media.livekit.reconcile import room_reconcile, rooms_reconcile
from streams.media.livekit.rooms import room_name
from streams.media.port import Person, RoomToken
from streams.models import Seat, SeatRole, Stream
from tests.livekit.stub import LiveKitStub


@dataclass
class Guest:
    """Somebody with a token, in the room or not."""

    room: str
    given: RoomToken

    @property
    def identity(self) -> str:
        return self.given.identity


class Site:
    def __init__(self, stub: LiveKitStub) -> None:
        self.stub = stub

    def broadcaster(self, stream: Stream, *, login: str = "") -> Guest:
        """A token for the stream's creator; the room is made sure of."""
        person = Person(
            viewer_id=f"u:{stream.creator_id}", user_id=stream.creator_id, name="Alice", login=login
        )
        given = backend().broadcaster_credentials(stream_id=stream.pk, person=person)
        assert isinstance(given, RoomToken)
        return Guest(room_name(stream.pk), given)

    def viewer(
        self,
        stream: Stream,
        viewer_id: str = "a:one",
        *,
        user: User | None = None,
        login: str = "",
        leaving: str = "",
        until: datetime | None = None,
    ) -> Guest:
        person = Person(
            viewer_id=f"u:{user.pk}" if user else viewer_id,
            user_id=user.pk if user else None,
            login=login,
            leaving=leaving,
            until=until,
        )
        return Guest(room_name(stream.pk), backend().viewer_credentials(stream_id=stream.pk, person=person))

    def enters(self, guest: Guest) -> str:
        """With the token, as a browser does. Returns the participant's sid."""
        return self.stub.join_with(guest.given.token)

    def goes_live(self, stream: Stream) -> Guest:
        """The creator is in the room, sends a camera, and the site knows."""
        creator = self.broadcaster(stream)
        self.enters(creator)
        self.stub.publish(creator.room, creator.identity)
        self.looks()
        stream.refresh_from_db()
        return creator

    def watches(
        self, stream: Stream, viewer_id: str = "a:one", *, user: User | None = None, login: str = ""
    ) -> Guest:
        guest = self.viewer(stream, viewer_id, user=user, login=login)
        self.enters(guest)
        return guest

    def looks(self) -> bool:
        """By the clock, at everything."""
        return rooms_reconcile()

    def looks_at(self, stream: Stream) -> None:
        room_reconcile(stream.pk)

    def inside(self, stream: Stream) -> set[str]:
        """The identities of who is really in the room."""
        return set(self.stub.participants(room_name(stream.pk)))

    def rooms(self) -> list[str]:
        return self.stub.rooms

    def with_secret(self, secret: str) -> None:
        """The operator changed it on one side only."""
        settings.LIVEKIT_API_SECRET = secret
        engine().close()
        engine.cache_clear()


def seat_of(guest: Guest) -> Seat:
    return Seat.objects.get(identity=guest.identity)


def made_up(stream_id: uuid.UUID) -> str:
    return f"{SeatRole.VIEWER}-{stream_id.hex[:24]}"
