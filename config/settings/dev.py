"""One machine, nothing configured: what `make run` uses. Mail lands in files, pages say what is simulated."""

from django.core.management.utils import get_random_secret_key

from config import env
from config.settings.base import *
from config.settings.base import PAYMENTS_WANTED, STRIPE_SECRET_KEY, VAR_DIR


def _kept_secret_key() -> str:
    """A key of this installation's own, made at the first start, so that a restart signs nobody out."""
    path = VAR_DIR / "secret_key"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(get_random_secret_key(), encoding="utf-8")
    return path.read_text(encoding="utf-8")


DEBUG = True
SECRET_KEY = env.text("SECRET_KEY") or _kept_secret_key()
ALLOWED_HOSTS = ["*"]
EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
if PAYMENTS_WANTED == "auto" and not STRIPE_SECRET_KEY:
    PAYMENTS = "sandbox"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True  # passkeys on http://localhost
# Development accounts are made by hand and by scripts; a person never meets these limits here.
ACCOUNT_RATE_LIMITS = {"signup": "100/m/ip", "login": "100/m/ip", "confirm_email": "10/m/key"}
