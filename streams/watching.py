"""Entering a stream: what a viewer, or its creator, is handed to open the room and see the pictures."""

import uuid
from dataclasses import dataclass

from realtime.passes import join_pass_issue
from streams.access import Action, StreamLike, decide, is_creator, require
from streams.media import backend
from streams.media.port import PlaybackSource
from streams.models import StreamStatus
from streams.viewers import Viewer, session_id


@dataclass(frozen=True)
class Entry:
    """``join_pass`` opens the room once; ``playback`` is None until there are pictures."""

    session_id: uuid.UUID
    join_pass: str
    playback: PlaybackSource | None


def stream_enter(
    *, viewer: Viewer, stream: StreamLike, login: str, visit: dict[str, str], as_studio: bool = False
) -> Entry:
    """Let the viewer into the room. With ``as_studio`` the creator enters without counting as a viewer.

    ``login`` names the sign-in, ``visit`` is ``streams.visits.visit_of`` the request.

    Queries: those of ``streams.access``. Raises: its refusals.
    """
    require(viewer=viewer, stream=stream, action=Action.MODERATE if as_studio else Action.ENTER)
    if as_studio:
        require(viewer=viewer, stream=stream, action=Action.ENTER)
    chat = decide(viewer=viewer, stream=stream, action=Action.CHAT)
    session = session_id(stream_id=stream.id, viewer_id=viewer.viewer_id)
    source = playback(stream=stream, session_id=session)
    join_pass = join_pass_issue(
        room_id=stream.id,
        session_id=session,
        viewer_id=viewer.viewer_id,
        role="studio" if as_studio and is_creator(viewer, stream) else "moderator" if as_studio else "viewer",
        user_id=viewer.user_id,
        party_id=viewer.party_id,
        name=viewer.user.name if viewer.user else None,
        chat_refusal=chat.code,
        is_staff=viewer.user is not None and viewer.user.is_staff,
        login=login,
        about=visit | {"player": source.kind if source else ""},
    )
    return Entry(session_id=session, join_pass=join_pass, playback=source)


def playback(*, stream: StreamLike, session_id: uuid.UUID) -> PlaybackSource | None:
    """The best way to watch, for somebody who may enter; None until the stream is live."""
    if stream.status != StreamStatus.LIVE:
        return None
    sources = backend().playback_sources(stream_id=stream.id, session_id=session_id)
    return sources[0] if sources else None
