"""What every process must obey at once: close sockets, and refuse the passes issued before."""

from uuid import UUID

import msgspec

from realtime.passes import JoinPass


class Order(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """Matches passes, and the sockets opened with them, that carry all of the ids that are not None."""

    before_ms: int
    # The close code for open sockets.
    code: int
    reason: str = ""
    user_id: UUID | None = None
    session_id: UUID | None = None
    viewer_id: str | None = None
    room_id: UUID | None = None
    login: str | None = None

    def matches(self, holder: JoinPass) -> bool:
        return (
            holder.epoch <= self.before_ms
            and self.user_id in {None, holder.user_id}
            and self.session_id in {None, holder.session_id}
            and self.viewer_id in {None, holder.viewer_id}
            and self.room_id in {None, holder.room_id}
            and self.login in {None, holder.login}
        )
