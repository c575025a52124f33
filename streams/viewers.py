"""Who is asking: a signed-in user, else the holder of our signed cookie.

Presence, limits and sessions refer to a viewer by ``viewer_id``: ``u:<user id>`` or ``a:<cookie id>``.
"""

import hashlib
import hmac
import secrets
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponse
from rest_framework.request import Request

from accounts.models import User
from accounts.selectors import session_hash
from accounts.sign_in import login_of
from core.clients import (
    VIEWER_COOKIE,
    VIEWER_COOKIE_SECONDS,
    known_viewer,
    network_of,
    request_address,
)

# Not signed: it is the person's own word, and they could as well press the button.
ADULT_COOKIE = "busk_adult"
ADULT_COOKIE_SECONDS = 24 * 3600


@dataclass(frozen=True)
class Viewer:
    """``user`` is None for somebody without an account; ``said_adult``: this browser was told that they are of age.

    ``device`` tells where they watch: their sign-in, or the browser's cookie; "" when it is not known.
    ``network`` and ``browser`` are what they came with: an address (``core.clients.network_of``) and the id in our
    cookie, signed in or not; "" when there is none. Neither is written anywhere as it is.
    """

    user: User | None
    viewer_id: str
    said_adult: bool = False
    device: str = ""
    network: str = field(default="", repr=False)
    browser: str = field(default="", repr=False)

    @property
    def user_id(self) -> uuid.UUID | None:
        return self.user.pk if self.user else None

    @property
    def party_id(self) -> uuid.UUID | None:
        return self.user.party_id if self.user else None


def viewer_from_request(request: HttpRequest | Request) -> Viewer:
    """The viewer behind a request. Queries: those of ``request.user`` only.

    An anonymous browser without a valid cookie becomes somebody new; the middleware hands the cookie out, to the
    browsers of those who are signed in too.
    """
    plain = _plain(request)
    said_adult = plain.COOKIES.get(ADULT_COOKIE) == "1"
    # One that the answer will carry was never shown: a client that keeps no cookies is another one each time.
    browser = known_viewer(plain) or ""
    if isinstance(request.user, User):
        if not browser and not _is_app(request):
            anonymous_id(request)
        viewer_id, user, login = f"u:{request.user.pk}", request.user, session_hash(request)
    else:
        viewer_id, user, login = f"a:{anonymous_id(request)}", None, ""
    return Viewer(
        user=user,
        viewer_id=viewer_id,
        said_adult=said_adult,
        device=device_of(viewer_id, login=login),
        network=network_of(request_address(plain)),
        browser=browser,
    )


def device_of(viewer_id: str, *, login: str) -> str:
    """What tells one browser or app of a viewer from another: the tabs of one browser are the same device."""
    return f"login:{login}" if login else viewer_id


def _is_app(request: HttpRequest | Request) -> bool:
    """Whether it comes with a session token: apps show that and no cookies."""
    return isinstance(request, Request) and isinstance(request.auth, SessionBase)


def _plain(request: HttpRequest | Request) -> HttpRequest:
    return request._request if isinstance(request, Request) else request


def anonymous_id(request: HttpRequest | Request) -> str:
    """The id in the signed cookie, or a new one that the answer will carry."""
    plain = _plain(request)
    known: str | None = getattr(plain, "busk_new_anonymous_id", None) or known_viewer(plain)
    if known is None:
        known = plain.busk_new_anonymous_id = secrets.token_urlsafe(16)  # type: ignore[attr-defined]
    return known


def holder_of(request: HttpRequest | Request) -> str:
    """Who may use what this request is given: this sign-in's browser, this cookie's, or a device without cookies.

    LiveKit's clients for phones cannot send a header of ours along, so there only the network is known.
    """
    plain = _plain(request)
    if _is_app(request):
        return _network_holder(plain)
    if isinstance(request.user, User):
        return f"login:{session_hash(request)}"
    return f"viewer:{anonymous_id(request)}"


def holders_shown(request: HttpRequest) -> list[str]:
    """What a request shows of itself at a door, whoever is behind it. Queries: none."""
    shown = [_network_holder(request)]
    if login := login_of(request.COOKIES.get(settings.SESSION_COOKIE_NAME)):
        shown.append(f"login:{login}")
    if viewer := known_viewer(request):
        shown.append(f"viewer:{viewer}")
    return shown


def shown_network(holders: Iterable[str]) -> str:
    """The network among what a request shows of itself."""
    return next((name.removeprefix("net:") for name in holders if name.startswith("net:")), "")


def shown_browser(holders: Iterable[str]) -> str:
    return next((name.removeprefix("viewer:") for name in holders if name.startswith("viewer:")), "")


def _network_holder(request: HttpRequest) -> str:
    return f"net:{network_of(request_address(request))}"


def hand_out_cookie(request: HttpRequest, response: HttpResponse) -> None:
    """Set the cookie on the answer if this request made a new viewer."""
    new_id: str | None = getattr(request, "busk_new_anonymous_id", None)
    if new_id:
        response.set_signed_cookie(
            VIEWER_COOKIE,
            new_id,
            max_age=VIEWER_COOKIE_SECONDS,
            httponly=True,
            samesite="Lax",
            secure=settings.SESSION_COOKIE_SECURE,
        )


def session_id(*, stream_id: uuid.UUID, viewer_id: str) -> uuid.UUID:
    """The id of this viewer's session at this stream: always the same one, and nobody else can compute it.

    A UUIDv8 (RFC 9562, section 5.8) over a keyed hash.
    """
    name = f"viewer-session:{stream_id}:{viewer_id}".encode()
    digest = hmac.digest(settings.SECRET_KEY.encode(), name, hashlib.sha256)[:16]
    value = int.from_bytes(digest) & ~(0xF << 76) & ~(0b11 << 62) | 0x8 << 76 | 0b10 << 62
    return uuid.UUID(int=value)
