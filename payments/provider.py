"""Which payment provider is in use: Stripe, the sandbox that stands in for it, or none."""

import hashlib
import hmac
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from core.errors import NotSupported

STRIPE_ADDRESS = "https://api.stripe.com"
# Of Stripe's API: the one that the pinned library was made for, and that events must have.
API_VERSION = "2026-08-26.dahlia"


@dataclass(frozen=True)
class Provider:
    """Where to ask, and by which secrets. The publishable key is none."""

    address: str
    publishable_key: str
    key: str = field(repr=False)
    webhook_secret: str = field(repr=False)


def payments_mode() -> str:
    """``stripe``, ``sandbox`` or ``off``. Raises: ImproperlyConfigured for a sandbox that people could meet."""
    if settings.PAYMENTS == "sandbox" and not settings.DEBUG:
        raise ImproperlyConfigured("The payment sandbox runs with DEBUG only")
    return str(settings.PAYMENTS)


def provider() -> Provider:
    """Raises: NotSupported when payments are off, or the sandbox does not run."""
    mode = payments_mode()
    if mode == "stripe":
        return Provider(
            address=settings.STRIPE_API_URL,
            publishable_key=settings.STRIPE_PUBLISHABLE_KEY,
            key=settings.STRIPE_SECRET_KEY,
            webhook_secret=settings.STRIPE_WEBHOOK_SECRET,
        )
    if mode == "sandbox":
        address = sandbox_address()
        if address:
            return Provider(
                address=address,
                publishable_key=sandbox_secret("pk_test_"),
                key=sandbox_secret("sk_test_"),
                webhook_secret=sandbox_secret("whsec_"),
            )
    raise NotSupported(what="payments")


def sandbox_secret(prefix: str) -> str:
    """This installation's own, known to Busk and its sandbox and to nobody else."""
    digest = hmac.digest(settings.SECRET_KEY.encode(), f"sandbox:{prefix}".encode(), hashlib.sha256)
    return prefix + digest.hex()[:40]


def sandbox_address() -> str:
    """Where the sandbox listens; "" when none has been started here."""
    try:
        return sandbox_address_file().read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return ""


def sandbox_address_file() -> Path:
    """Processes that share ``VAR_DIR`` share the sandbox."""
    return Path(settings.VAR_DIR) / "sandbox" / "address"
