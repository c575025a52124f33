"""Entering a stream: what a viewer, or its creator, is handed to open the room and see the pictures."""

import contextlib
import uuid
from dataclasses import dataclass, replace

from django.http import HttpRequest
from django.utils import timezone
from rest_framework.request import Request

from accounts.selectors import session_hash
from realtime.passes import join_pass_issue
from streams.access import Action, Admission, StreamLike, come_in, decide, is_creator, require
from streams.media import backend
from streams.media.errors import MediaFull
from streams.media.port import Person, PlaybackKind, PlaybackSource
from streams.models import StreamStatus
from streams.viewers import Viewer, holder_of, session_id, viewer_from_request


@dataclass(frozen=True)
class Entry:
    """``join_pass`` opens the room once; ``playback`` is None until there are pictures.

    ``admission`` is None where no ticket is asked for.
    """

    session_id: uuid.UUID
    join_pass: str
    playback: PlaybackSource | None
    admission: Admission | None = None


def person_of(request: HttpRequest | Request, *, leaving: str = "") -> Person:
    """The caller, as media engines need to know them. Queries: those of ``request.user`` only.

    Asked before anything is decided or read about the stream: what the person is given is as old as this.
    """
    asked_at = timezone.now()
    viewer = viewer_from_request(request)
    return Person(
        viewer_id=viewer.viewer_id,
        user_id=viewer.user_id,
        name=viewer.user.name if viewer.user else "",
        login=session_hash(request) if viewer.user else "",
        holder=holder_of(request),
        said_adult=viewer.said_adult,
        leaving=leaving,
        asked_at=asked_at,
    )


def admitted(person: Person, admission: Admission | None) -> Person:
    """The person as they came in: who looks in without a ticket is given nothing that lasts longer. Queries: none."""
    return replace(person, until=admission.preview_ends_at) if admission else person


def stream_enter(
    *,
    viewer: Viewer,
    stream: StreamLike,
    person: Person,
    visit: dict[str, str],
    wanted: PlaybackKind | None = None,
    watches_already: bool = False,
    as_studio: bool = False,
    address: str = "",
) -> Entry:
    """Let the viewer into the room. With ``as_studio`` the creator enters without counting as a viewer.

    ``person`` is the viewer as ``person_of`` the request, ``visit`` is ``streams.visits.visit_of`` it, ``address``
    the caller's. Who ``watches_already`` only lost the room; who finds no place before the pictures may still talk.

    Queries: those of ``streams.access``, and those of the media engine. Raises: the refusals of ``streams.access``.
    """
    if as_studio:
        require(viewer=viewer, stream=stream, action=Action.MODERATE)
    admission = come_in(viewer=viewer, stream=stream, address=address)
    person = admitted(person, admission)
    # Without an account nobody writes, whatever else holds.
    signed_in = viewer.user is not None
    chat_refusal = decide(viewer=viewer, stream=stream, action=Action.CHAT).code if signed_in else None
    moderates = as_studio or (
        signed_in and decide(viewer=viewer, stream=stream, action=Action.MODERATE).allowed
    )
    source = None
    # A studio shows its own camera; it takes no place from those who watch.
    if not as_studio and not watches_already:
        with contextlib.suppress(MediaFull):
            source = playback(stream=stream, person=person, wanted=wanted)
    join_pass = join_pass_issue(
        room_id=stream.id,
        session_id=session_id(stream_id=stream.id, viewer_id=viewer.viewer_id),
        viewer_id=viewer.viewer_id,
        role="studio" if as_studio and is_creator(viewer, stream) else "moderator" if as_studio else "viewer",
        user_id=viewer.user_id,
        party_id=viewer.party_id,
        name=viewer.user.name if viewer.user else None,
        chat_refusal=chat_refusal,
        is_staff=viewer.user is not None and viewer.user.is_staff,
        login=person.login,
        about=visit | {"player": source.kind if source else ""},
        moderates=moderates,
        asked_at=person.asked_at,
    )
    session = session_id(stream_id=stream.id, viewer_id=viewer.viewer_id)
    return Entry(session_id=session, join_pass=join_pass, playback=source, admission=admission)


def playback(
    *, stream: StreamLike, person: Person, wanted: PlaybackKind | None = None
) -> PlaybackSource | None:
    """How to watch, for somebody who may enter; None until the stream is live. Raises: MediaFull."""
    if stream.status != StreamStatus.LIVE:
        return None
    session = session_id(stream_id=stream.id, viewer_id=person.viewer_id)
    return backend().playback(stream_id=stream.id, session_id=session, person=person, wanted=wanted)
