"""The one place that says who may do what with a stream. Every door asks here: pages, REST, sockets, playlists.

Apps above register gatekeepers for what they alone know (a ticket, a ban). Hidden equals not found: whoever
may not see a stream cannot tell it from one that does not exist.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from django.conf import settings

from accounts.errors import EmailUnconfirmed
from accounts.models import User
from accounts.selectors import email_confirmed, follows, younger_than
from core.errors import DomainError, Forbidden, NotFound, NotSignedIn
from streams.errors import FollowersOnly, MatureGate, NotApproved, PayoutsNotReady, StreamOver, TooYoung
from streams.models import OVER, Guest, StreamStatus, StreamVisibility
from streams.viewers import Viewer


class Action(StrEnum):
    SEE = "see"  # know that it exists: title, creator, state
    ENTER = "enter"  # the room and its pictures
    CHAT = "chat"
    # To be named, or to say something, beside the chat: with a gift or a tip.
    SPEAK = "speak"
    PUBLISH = "publish"  # send pictures as its broadcaster, change it, end it
    MODERATE = "moderate"  # see to it that its chat stays civil
    STOP = "stop"  # end it


class StreamLike(Protocol):
    """What a decision needs to know of a stream: a row, or a cached view of one."""

    @property
    def id(self) -> uuid.UUID: ...
    @property
    def creator_id(self) -> uuid.UUID | None: ...
    @property
    def status(self) -> str: ...
    @property
    def visibility(self) -> str: ...
    @property
    def mature(self) -> bool: ...
    @property
    def ticketed(self) -> bool: ...


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


@dataclass(frozen=True)
class Admission:
    """How somebody came into a ticketed stream: with ``preview_ends_at`` for so long only."""

    preview_ends_at: datetime | None = None


Gatekeeper = Callable[[Viewer, StreamLike, Action], DomainError | None]
Bar = Callable[[Viewer, StreamLike, Action], DomainError | None]
Helpers = Callable[[Viewer, StreamLike], bool]
Doorkeeper = Callable[[Viewer, StreamLike, str], Admission]
Witness = Callable[[Viewer, StreamLike], None]
GoLiveGatekeeper = Callable[[User], DomainError | None]
Payouts = Callable[[User], bool]
_gatekeepers: list[Gatekeeper] = []
_bars: list[Bar] = []
_helpers: list[Helpers] = []
_doorkeepers: list[Doorkeeper] = []
_witnesses: list[Witness] = []
_go_live_gatekeepers: list[GoLiveGatekeeper] = []
_payouts: list[Payouts] = []


def register_gatekeeper(gatekeeper: Gatekeeper) -> Gatekeeper:
    """Ask this function too. It may only refuse; it is not asked about the creator's own streams."""
    _gatekeepers.append(gatekeeper)
    return gatekeeper


def register_bar(bar: Bar) -> Bar:
    """Ask this function who is kept out of a creator's streams, ticket or not, or may not speak there.

    It is asked of ``Action.SPEAK`` and of all that begins with entering; never about staff or the creator.
    """
    _bars.append(bar)
    return bar


def register_helpers(helpers: Helpers) -> Helpers:
    """Ask this function too whether somebody may moderate a stream for its creator."""
    _helpers.append(helpers)
    return helpers


def register_doorkeeper(doorkeeper: Doorkeeper) -> Doorkeeper:
    """Tell this function who comes into a ticketed stream, and from which address, before gatekeepers are asked.

    It writes what coming in changes: which device holds a ticket, when a preview began. It may refuse by raising.
    """
    _doorkeepers.append(doorkeeper)
    return doorkeeper


def register_witness(witness: Witness) -> Witness:
    """Tell this function who wants to come into a stream, before it is decided. Not told of staff and the creator."""
    _witnesses.append(witness)
    return witness


def register_go_live_gatekeeper(gatekeeper: GoLiveGatekeeper) -> GoLiveGatekeeper:
    """Ask this function too before somebody goes live. It may only refuse."""
    _go_live_gatekeepers.append(gatekeeper)
    return gatekeeper


def register_payouts(ready: Payouts) -> Payouts:
    """Ask this function whether somebody can be paid. As long as nobody knows, nobody can."""
    _payouts.append(ready)
    return ready


def require_go_live(*, user: User) -> None:
    """Whether somebody may go live at all, by the operator's rules; asked at create and before every ingest.

    Queries: 1, and the gatekeepers'. Raises: EmailUnconfirmed, TooYoung, NotApproved, PayoutsNotReady: the first step
    that is missing.
    """
    if refusal := go_live_refusal(user):
        raise refusal


def go_live_refusal(user: User) -> DomainError | None:
    """Why somebody may not go live, the first step that is missing; None when they may. Queries: as above."""
    if refusal := _confirmed_refusal(user):
        return refusal
    if younger_than(user, settings.GO_LIVE_LEAST_AGE):
        return TooYoung(least_age=settings.GO_LIVE_LEAST_AGE)
    if settings.GO_LIVE == "approved" and not user.approved_to_go_live:
        return NotApproved(help="ask_staff")
    if settings.GO_LIVE == "payouts" and not any(ready(user) for ready in _payouts):
        return PayoutsNotReady(help="set_up_payouts")
    for gatekeeper in _go_live_gatekeepers:
        if refusal := gatekeeper(user):
            return refusal
    return None


def decide(*, viewer: Viewer, stream: StreamLike, action: Action) -> Decision:
    """Whether ``viewer`` may do ``action`` now.

    Queries: none to see public streams, and for creators to see and enter; 1 for others to enter or speak; 1 more for
    followers-only or invited; 1 more to chat, to publish, or to moderate somebody else's.
    """
    return Decision(_refusal(viewer, stream, action))


def require(*, viewer: Viewer, stream: StreamLike, action: Action) -> None:
    """Raises: the refusal of ``decide``."""
    if refusal := _refusal(viewer, stream, action):
        raise refusal


def come_in(*, viewer: Viewer, stream: StreamLike, address: str) -> Admission | None:
    """``require`` to enter, of somebody who is about to be handed pictures; None where no ticket is asked for.

    Queries: those of ``decide`` and of the witnesses; of ticketed streams the doorkeepers' besides.
    Raises: the refusal.
    """
    if not is_creator(viewer, stream) and not _is_staff(viewer) and not _is_over(stream):
        # First, so that whoever is shut out while this is decided is known to have come.
        for witness in _witnesses:
            witness(viewer, stream)
    if not stream.ticketed or is_creator(viewer, stream) or _is_staff(viewer):
        require(viewer=viewer, stream=stream, action=Action.ENTER)
        return None
    if refusal := _hidden(viewer, stream) or _enter_refusal(viewer, stream, Action.ENTER):
        raise refusal
    admission = Admission()
    for doorkeeper in _doorkeepers:
        admission = doorkeeper(viewer, stream, address)
    if refusal := _ask_gatekeepers(viewer, stream, Action.ENTER):
        raise refusal
    return admission


def barred(*, viewer: Viewer, stream: StreamLike, action: Action) -> DomainError | None:
    """Why somebody is kept out of the creator's streams, or silent there, whatever else holds. Queries: the bars'."""
    if is_creator(viewer, stream) or _is_staff(viewer):
        return None
    for bar in _bars:
        if refusal := bar(viewer, stream, action):
            return refusal
    return None


def may_see_mature(viewer: Viewer) -> bool:
    """Whether lists may show this viewer what is not for minors. Queries: none."""
    return _mature_refusal(viewer) is None


def is_creator(viewer: Viewer, stream: StreamLike) -> bool:
    """Never of a stream whose creator is erased: nobody is not the same as nobody."""
    return stream.creator_id is not None and viewer.user_id == stream.creator_id


def _refusal(viewer: Viewer, stream: StreamLike, action: Action) -> DomainError | None:
    if is_creator(viewer, stream):
        return _creator_refusal(viewer, stream, action)
    if hidden := _hidden(viewer, stream):
        return hidden
    match action:
        case Action.SEE:
            refusal = None
        case Action.ENTER | Action.SPEAK:
            refusal = _enter_refusal(viewer, stream, action)
        case Action.CHAT:
            refusal = _enter_refusal(viewer, stream, action) or _chat_refusal(viewer)
        case Action.MODERATE:
            refusal = None if _is_staff(viewer) or _helps(viewer, stream) else Forbidden()
        case Action.STOP:
            refusal = None if _is_staff(viewer) else Forbidden()
        case Action.PUBLISH:
            refusal = Forbidden()
    # Whoever may come in may speak, for all that gatekeepers know.
    return refusal or _ask_gatekeepers(viewer, stream, Action.ENTER if action == Action.SPEAK else action)


def _creator_refusal(viewer: Viewer, stream: StreamLike, action: Action) -> DomainError | None:
    if action in {Action.SEE, Action.MODERATE, Action.STOP}:
        return None
    if _is_over(stream):
        return StreamOver()
    assert viewer.user is not None
    if action == Action.PUBLISH:
        return go_live_refusal(viewer.user)
    if action == Action.CHAT:
        return _confirmed_refusal(viewer.user)
    return None


def _hidden(viewer: Viewer, stream: StreamLike) -> DomainError | None:
    if _is_staff(viewer):
        return None
    if stream.status == StreamStatus.CANCELLED:
        return NotFound()
    if stream.visibility == StreamVisibility.INVITED and not _is_guest(viewer, stream):
        return NotFound()
    return None


def _is_guest(viewer: Viewer, stream: StreamLike) -> bool:
    return Guest.objects.filter(stream_id=stream.id, viewer_id=viewer.viewer_id).exists()


def _enter_refusal(viewer: Viewer, stream: StreamLike, action: Action) -> DomainError | None:
    if _is_over(stream):
        return StreamOver()
    if refusal := barred(viewer=viewer, stream=stream, action=action):
        return refusal
    if stream.visibility == StreamVisibility.FOLLOWERS and not _is_staff(viewer):
        if viewer.user is None:
            return FollowersOnly(help="sign_in")
        if stream.creator_id is None or not follows(follower_id=viewer.user.pk, creator_id=stream.creator_id):
            return FollowersOnly(help="follow")
    return _mature_refusal(viewer) if stream.mature else None


def _helps(viewer: Viewer, stream: StreamLike) -> bool:
    return any(helpers(viewer, stream) for helpers in _helpers)


def _mature_refusal(viewer: Viewer) -> DomainError | None:
    if _is_staff(viewer):
        return None
    if viewer.user is not None and younger_than(viewer.user, 18):
        return TooYoung(least_age=18)
    return None if viewer.said_adult else MatureGate(help="confirm_age")


def _chat_refusal(viewer: Viewer) -> DomainError | None:
    if viewer.user is None:
        return NotSignedIn(help="sign_in")
    return _confirmed_refusal(viewer.user)


def _confirmed_refusal(user: User) -> DomainError | None:
    return None if email_confirmed(user=user) else EmailUnconfirmed(help="confirm_email")


def _ask_gatekeepers(viewer: Viewer, stream: StreamLike, action: Action) -> DomainError | None:
    for gatekeeper in _gatekeepers:
        if refusal := gatekeeper(viewer, stream, action):
            return refusal
    return None


def _is_over(stream: StreamLike) -> bool:
    return stream.status in OVER


def _is_staff(viewer: Viewer) -> bool:
    return viewer.user is not None and viewer.user.is_staff
