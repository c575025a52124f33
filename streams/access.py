"""The one place that says who may do what with a stream. Every door asks here: pages, REST, sockets, playlists.

Apps above register gatekeepers for what they alone know (a ticket, a ban). Hidden equals not found: whoever
may not see a stream cannot tell it from one that does not exist.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from accounts.errors import EmailUnconfirmed
from accounts.selectors import email_confirmed, follows
from core.errors import DomainError, Forbidden, NotFound, NotSignedIn
from streams.errors import FollowersOnly, StreamOver
from streams.models import StreamStatus, StreamVisibility
from streams.viewers import Viewer


class Action(StrEnum):
    SEE = "see"  # know that it exists: title, creator, state
    ENTER = "enter"  # the room and its pictures
    CHAT = "chat"
    PUBLISH = "publish"  # send pictures as its broadcaster, change it, end it
    MODERATE = "moderate"


class StreamLike(Protocol):
    """What a decision needs to know of a stream: a row, or a cached view of one."""

    @property
    def id(self) -> uuid.UUID: ...
    @property
    def creator_id(self) -> uuid.UUID: ...
    @property
    def status(self) -> str: ...
    @property
    def visibility(self) -> str: ...


@dataclass(frozen=True)
class Decision:
    """Allowed when there is no refusal; the refusal's code says why, its ``help`` detail what would change it."""

    refusal: DomainError | None = None

    @property
    def allowed(self) -> bool:
        return self.refusal is None

    @property
    def code(self) -> str | None:
        return self.refusal.code if self.refusal else None


Gatekeeper = Callable[[Viewer, StreamLike, Action], DomainError | None]
_gatekeepers: list[Gatekeeper] = []


def register_gatekeeper(gatekeeper: Gatekeeper) -> Gatekeeper:
    """Ask this function too. It may only refuse; it is not asked about the creator's own streams."""
    _gatekeepers.append(gatekeeper)
    return gatekeeper


def decide(*, viewer: Viewer, stream: StreamLike, action: Action) -> Decision:
    """Whether ``viewer`` may do ``action`` now.

    Queries: none for public streams and for creators to see and enter; 1 for followers-only; 1 to chat or publish.
    """
    return Decision(_refusal(viewer, stream, action))


def require(*, viewer: Viewer, stream: StreamLike, action: Action) -> None:
    """Raises: the refusal of ``decide``."""
    if refusal := _refusal(viewer, stream, action):
        raise refusal


def is_creator(viewer: Viewer, stream: StreamLike) -> bool:
    return viewer.user_id == stream.creator_id


def _refusal(viewer: Viewer, stream: StreamLike, action: Action) -> DomainError | None:
    if is_creator(viewer, stream):
        return _creator_refusal(viewer, stream, action)
    if hidden := _hidden(viewer, stream):
        return hidden
    match action:
        case Action.SEE:
            refusal = None
        case Action.ENTER:
            refusal = _enter_refusal(viewer, stream)
        case Action.CHAT:
            refusal = _enter_refusal(viewer, stream) or _chat_refusal(viewer)
        case Action.MODERATE:
            refusal = None if _is_staff(viewer) else Forbidden()
        case Action.PUBLISH:
            refusal = Forbidden()
    return refusal or _ask_gatekeepers(viewer, stream, action)


def _creator_refusal(viewer: Viewer, stream: StreamLike, action: Action) -> DomainError | None:
    if action in {Action.SEE, Action.MODERATE}:
        return None
    if _is_over(stream):
        return StreamOver()
    if action in {Action.CHAT, Action.PUBLISH}:
        return _confirmed_refusal(viewer)
    return None


def _hidden(viewer: Viewer, stream: StreamLike) -> DomainError | None:
    if _is_staff(viewer):
        return None
    if stream.status == StreamStatus.CANCELLED or stream.visibility == StreamVisibility.INVITED:
        return NotFound()
    return None


def _enter_refusal(viewer: Viewer, stream: StreamLike) -> DomainError | None:
    if _is_over(stream):
        return StreamOver()
    if stream.visibility == StreamVisibility.FOLLOWERS and not _is_staff(viewer):
        if viewer.user is None:
            return FollowersOnly(help="sign_in")
        if not follows(follower_id=viewer.user.pk, creator_id=stream.creator_id):
            return FollowersOnly(help="follow")
    return None


def _chat_refusal(viewer: Viewer) -> DomainError | None:
    if viewer.user is None:
        return NotSignedIn(help="sign_in")
    return _confirmed_refusal(viewer)


def _confirmed_refusal(viewer: Viewer) -> DomainError | None:
    assert viewer.user is not None
    return None if email_confirmed(user=viewer.user) else EmailUnconfirmed(help="confirm_email")


def _ask_gatekeepers(viewer: Viewer, stream: StreamLike, action: Action) -> DomainError | None:
    for gatekeeper in _gatekeepers:
        if refusal := gatekeeper(viewer, stream, action):
            return refusal
    return None


def _is_over(stream: StreamLike) -> bool:
    return stream.status in {StreamStatus.ENDED, StreamStatus.CANCELLED}


def _is_staff(viewer: Viewer) -> bool:
    return viewer.user is not None and viewer.user.is_staff
