from typing import Any

from accounts.models import User
from accounts.selectors import user_card
from accounts.sign_in import SignIn
from realtime.hub import HEARTBEAT_SECONDS
from streams.api.serializers import StreamCardOut
from streams.me.events import MeWelcome, PersonCard
from streams.models import Stream
from streams.selectors import StreamView, stream_view


def me_welcome(sign_in: SignIn) -> MeWelcome:
    """What a device of this person starts from. Queries: 1."""
    streams = Stream.objects.filter(creator=sign_in.user, ended_at=None).select_related("creator")
    return MeWelcome(
        user=person_card(sign_in.user),
        session=sign_in.login,
        heartbeat_seconds=HEARTBEAT_SECONDS,
        streams=[card_of(stream_view(stream)) for stream in streams.order_by("-id")],
    )


def person_card(user: User) -> PersonCard:
    return PersonCard(**user_card(user))


def card_of(view: StreamView) -> dict[str, Any]:
    return dict(StreamCardOut(view).data)
