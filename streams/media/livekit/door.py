"""The door to LiveKit's signalling: nginx asks here before a handshake reaches the server (``auth_request``).

A token lets one participant in, once, shown by whoever it was made for, as long as ``streams.access`` would let them
in now. So a copied, renewed or old token, or a second tab, opens nothing, and a kick is for good. Whose connection
broke comes back to the session that is still theirs.
"""

from collections.abc import Sequence

import jwt
from django.conf import settings
from livekit import api

from streams.access import Action, decide
from streams.media.livekit.handshake import Handshake, Kind, Malformed, handshake_read
from streams.media.livekit.rooms import stream_id_of
from streams.media.livekit.seats import SeatRefused, seat_admit, seat_resume, seat_unused
from streams.models import Seat, SeatRole
from streams.viewers import Viewer, device_of, shown_browser, shown_network

_WATCHING = {SeatRole.VIEWER, SeatRole.GUEST}


class DoorShut(Exception):
    """``code`` says why, in one word for logs and for the page."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def door_open(*, method: str, uri: str, authorization: str, holders: Sequence[str]) -> str:
    """The token that LiveKit may be shown for this request; "" where none is needed.

    ``uri`` and ``method`` are those of the request to LiveKit, ``holders`` is what it shows of who sends it
    (``streams.viewers.holders_shown``). A question what the answer would be uses nothing up.

    Queries: 1, and those of ``streams.access``; never more than 3, or 4 with a ticket. Raises: DoorShut.
    """
    try:
        handshake = handshake_read(method=method, uri=uri, authorization=authorization)
        if handshake.kind == Kind.PREFLIGHT:
            return ""
        seat = _seat(handshake, *_verified(handshake.token), holders)
    except Malformed as problem:
        raise DoorShut(f"malformed_{problem}") from problem
    except SeatRefused as refused:
        raise DoorShut(f"seat_{refused.details['reason']}") from refused
    _require_allowed(seat, handshake, holders)
    return handshake.token


def _verified(token: str) -> tuple[str, str]:
    """Identity and room of a token that is ours and has not expired; with a minute of leeway, as LiveKit has.

    Tokens that the server made anew for somebody inside carry the identity of the one they came with.
    """
    if not token:
        raise DoorShut("token_missing")
    verifier = api.TokenVerifier(settings.LIVEKIT_API_KEY, settings.LIVEKIT_API_SECRET)
    try:
        claims = verifier.verify(token)
    except jwt.ExpiredSignatureError as expired:
        raise DoorShut("token_expired") from expired
    # Claims of another shape than ours, under our signature, are TypeError and AttributeError.
    except (jwt.InvalidTokenError, TypeError, AttributeError, ValueError) as invalid:
        raise DoorShut("token_invalid") from invalid
    video = claims.video
    if video is None or not video.room_join or not isinstance(claims.identity, str) or not claims.identity:
        raise DoorShut("token_invalid")
    return claims.identity, str(video.room)


def _seat(handshake: Handshake, identity: str, room: str, holders: Sequence[str]) -> Seat:
    stream_id = stream_id_of(room)
    if stream_id is None:
        raise DoorShut("room_not_ours")
    if handshake.kind == Kind.RESUME:
        seat = seat_resume(identity=identity, holders=holders, participant_sid=handshake.sid)
    elif handshake.dry:
        seat = seat_unused(identity=identity, holders=holders)
    else:
        seat = seat_admit(identity=identity, holders=holders)
    if seat.stream_id != stream_id:
        raise DoorShut("room_other")
    return seat


def _require_allowed(seat: Seat, handshake: Handshake, holders: Sequence[str]) -> None:
    """Whether the person of this seat may come in now. Raises: DoorShut."""
    if handshake.publishes and seat.role == SeatRole.VIEWER:
        raise DoorShut("seat_watches")
    if seat.user is not None and not seat.user.is_active:
        raise DoorShut("seat_suspended")
    viewer = Viewer(
        user=seat.user,
        viewer_id=seat.viewer_id,
        said_adult=seat.said_adult,
        device=device_of(seat.viewer_id, login=seat.login),
        network=shown_network(holders),
        browser=shown_browser(holders),
    )
    action = Action.ENTER if seat.role in _WATCHING else Action.PUBLISH
    if refusal := decide(viewer=viewer, stream=seat.stream, action=action).refusal:
        raise DoorShut(refusal.code)
