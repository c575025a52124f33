"""What follows from a ban: whoever is there is put out, everywhere at once."""

import uuid

from core.facts import handles
from moderation.bans import tasks  # noqa: F401 - so that the clock finds it
from moderation.bans.evasion import viewers_caught
from moderation.bans.events import NetworksBanned
from moderation.events import PersonBanned
from streams.models import Stream
from streams.sessions import viewer_revoke


@handles(PersonBanned)
def on_person_banned(fact: PersonBanned) -> None:
    """Sockets, playlists, tokens and passes of every stream of the channel that is not over. Queries: 1, and 4 each."""
    streams = Stream.objects.filter(creator_id=uuid.UUID(fact.channel_id), ended_at=None)
    for stream_id in streams.values_list("id", flat=True):
        viewer_revoke(stream_id=stream_id, viewer_id=f"u:{fact.user_id}")


@handles(NetworksBanned)
def on_networks_banned(fact: NetworksBanned) -> None:
    """The same of whoever is there with the banned person's network or browser. Queries: 3, and 4 each."""
    for stream_id, viewers in viewers_caught(ban_id=uuid.UUID(fact.ban_id)).items():
        for viewer_id in viewers:
            viewer_revoke(stream_id=stream_id, viewer_id=viewer_id)
