"""Which channel a page under /studio/moderation is about: one's own, or that of ``?channel=``."""

from dataclasses import dataclass

from django.http import Http404, HttpRequest
from django.utils.http import urlencode

from accounts.models import User
from accounts.selectors import profile_get
from core.errors import NotFound
from moderation.policies import Act, Rank, Standing, ranks_of, refusal


@dataclass(frozen=True)
class Seat:
    """Somebody at a channel they may moderate."""

    person: User
    channel: User
    rank: Rank

    @property
    def is_own(self) -> bool:
        return self.channel.pk == self.person.pk

    @property
    def query(self) -> str:
        """What the addresses of these pages end in."""
        return "" if self.is_own else "?" + urlencode({"channel": self.channel.username})

    def may(self, act: Act) -> bool:
        return refusal(act=act, actor=Standing(self.person.pk, self.rank)) is None


def seat_at(channel: User, person: User) -> Seat:
    """Queries: none at one's own channel, else 1."""
    if channel.pk == person.pk:
        return Seat(person, channel, Rank.OWNER)
    return Seat(person, channel, ranks_of(channel_id=channel.pk, people={person.pk: person})[person.pk])


def seat_of(request: HttpRequest, act: Act) -> Seat:
    """Queries: none for one's own channel, else 2. Raises: Http404, for who may not do this there."""
    person = request.user
    assert isinstance(person, User)
    name = request.GET.get("channel", "")
    try:
        channel = profile_get(username=name.replace("\0", "")) if name else person
    except NotFound:
        raise Http404 from None
    seat = seat_at(channel, person)
    if not seat.may(act):
        raise Http404
    return seat
