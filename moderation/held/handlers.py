"""What is held waits for nobody who was put out, and not beyond the end."""

from uuid import UUID

from accounts.events import BlockChanged, UserSuspended
from core.facts import handles
from moderation.events import PersonBanned
from moderation.held.services import held_of_person_drop, held_of_stream_drop
from streams.events import StreamEnded


@handles(PersonBanned)
def on_person_banned(fact: PersonBanned) -> None:
    held_of_person_drop(channel_id=UUID(fact.channel_id), person_id=UUID(fact.user_id))


@handles(BlockChanged)
def on_block_changed(fact: BlockChanged) -> None:
    """Whom creators block, they put out."""
    if fact.blocking:
        held_of_person_drop(channel_id=UUID(fact.blocker_id), person_id=UUID(fact.blocked_id))


@handles(UserSuspended)
def on_suspended(fact: UserSuspended) -> None:
    held_of_person_drop(channel_id=None, person_id=UUID(fact.user_id))


@handles(StreamEnded)
def on_stream_ended(fact: StreamEnded) -> None:
    held_of_stream_drop(stream_id=UUID(fact.stream_id))
