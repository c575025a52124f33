"""Which usernames may be: they are path segments, so they are plain, and none may pass for a page of ours."""

from collections.abc import Callable

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from accounts.names import skeleton

# Every first path segment of our URLs (a test compares), then the media engine's, roles and the brand.
# fmt: off
RESERVED = frozenset([
    "_allauth", "account", "accounts", "admin", "api", "creator", "dev", "door", "earnings", "healthz", "hls",
    "invite", "legal", "live",
    "media", "metrics", "readyz", "search", "seg", "settings", "static", "stream", "studio", "wallet",
    "webhooks", "ws",
    "rtc", "twirp", "whip",  # LiveKit's, behind the same name
    "administrator", "broadcaster", "busk", "creators", "deleted", "everyone", "help", "here", "mod",
    "moderator", "moderators", "official", "owner", "root", "staff", "support", "system", "viewer", "viewers",
])
# fmt: on


_RESERVED_LOOKS = frozenset(skeleton(name) for name in RESERVED)


def not_reserved(username: str) -> None:
    """Nor a name that could be taken for a reserved one."""
    if username.lower() in RESERVED or skeleton(username) in _RESERVED_LOOKS:
        raise ValidationError(_("This name is reserved. Choose another one."), code="reserved")


def readable(username: str) -> None:
    if not skeleton(username):
        raise ValidationError(_("Use at least one letter or digit."), code="invalid")


validators: list[Callable[[str], None]] = [
    RegexValidator(
        r"\A[A-Za-z0-9_-]{3,30}\Z",
        _("Use 3 to 30 letters, digits, hyphens or underscores."),
        code="invalid",
    ),
    not_reserved,
    readable,
]
