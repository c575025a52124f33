"""The end of a stage in LiveKit, in steps that may be repeated: a crash between two leaves nothing for good."""

import logging
import uuid

from streams.media.errors import MediaAway
from streams.media.livekit.client import EngineRefused, engine
from streams.media.livekit.rooms import room_name
from streams.media.livekit.seats import seats_revoke

logger = logging.getLogger(__name__)


def stage_close(*, stream_id: uuid.UUID) -> None:
    """What is taken out of the room first, then the room itself, which puts everybody out.

    Queries: 2. Raises: MediaAway; then closing again does the rest.
    """
    room = room_name(stream_id)
    seats_revoke(stream_id=stream_id)
    try:
        for egress in engine().list_egress(room=room):
            engine().stop_egress(egress.egress_id)
    except (MediaAway, EngineRefused) as error:
        # Without an egress service nothing is recorded; and what is gets its end with the room at the latest.
        logger.info("no egress stopped for %s: %s", room, error)
    try:
        engine().delete_room(room)
    except EngineRefused as refused:
        raise MediaAway(reason=refused.reason) from refused
