"""Settings shared by every way of running Busk. What differs is in dev.py, test.py and prod.py.

Everything an operator may set is read here by ``config.env`` and listed in docs/operations.md.
"""

from datetime import timedelta
from pathlib import Path
from typing import Any

import environ
from csp.constants import NONCE, NONE, SELF

from config import embedded, env

BASE_DIR = Path(__file__).resolve().parents[2]
VAR_DIR = Path(env.text("BUSK_VAR_DIR", str(BASE_DIR / "var")))

SITE_NAME = env.text("BUSK_SITE_NAME", "Busk")
PUBLIC_URL = env.text("BUSK_PUBLIC_URL", "http://localhost:8000").rstrip("/")

INSTALLED_APPS = [
    "config",
    "core",
    "accounts",
    "realtime",
    "streams",
    "payments",
    "moderation",
    "chat",
    "gifts",
    "allauth",
    "allauth.account",
    "allauth.headless",
    "allauth.mfa",
    "allauth.usersessions",
    "channels",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_vite",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
]

MIDDLEWARE = [
    "core.middleware.RequestIdMiddleware",
    "core.middleware.ProbesMiddleware",
    "core.middleware.MetricsMiddleware",
    "core.api.throttling.RateLimitHeadersMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "core.middleware.PermissionsPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "accounts.middleware.RetryAfterMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "streams.middleware.ViewerCookieMiddleware",
]

ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "core.context.site",
            ],
        },
    },
]

# --- Database -----------------------------------------------------------
# Connections come from psycopg's pool, so none is kept per thread: under ASGI, CONN_MAX_AGE leaks them.

if url := env.text("DATABASE_URL"):
    _database: dict[str, Any] = environ.Env.db_url_config(url)
else:
    _database = embedded.database_settings()
DATABASES = {
    "default": _database
    | {
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": False,
        "OPTIONS": {
            "pool": {"min_size": 2, "max_size": env.number("DATABASE_POOL_MAX", 16, least=2), "timeout": 5},
            # A wait for a row lock that lasts this long is a bug to see, not a page that hangs.
            "options": "-c lock_timeout=5000 -c idle_in_transaction_session_timeout=30000",
        },
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Redis, or the same jobs in this process -----------------------------------------------------------

REDIS_URL = env.text("REDIS_URL")


def _cache(name: str) -> dict[str, Any]:
    if REDIS_URL:
        backend = "django.core.cache.backends.redis.RedisCache"
        return {
            "BACKEND": "core.caches.LimitsCache" if name == "limits" else backend,
            "LOCATION": REDIS_URL,
            "KEY_PREFIX": name,
        }
    return {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": name,
        # The default of 300 made counters vanish under load.
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }


# Tickets are claimed once, so nothing else may push them out of their cache.
CACHES = {name: _cache(name) for name in ("default", "limits", "tickets")}
CHANNEL_LAYERS: dict[str, dict[str, Any]] = (
    {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": [REDIS_URL], "prefix": "busk"},
        }
    }
    if REDIS_URL
    else {}
)

CELERY_BROKER_URL = REDIS_URL or "memory://localhost"
# The library's second between polls would be a second on every task.
CELERY_BROKER_TRANSPORT_OPTIONS = {} if REDIS_URL else {"polling_interval": 0.05}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_TIME_LIMIT = 120
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_REDIRECT_STDOUTS = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = "UTC"

# --- People -----------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "accounts.passwords.PasswordChangeIsTold"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/live"
ACCOUNT_LOGOUT_REDIRECT_URL = "/live"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "username*", "password1*"]
ACCOUNT_SIGNUP_FORM_CLASS = "accounts.forms.SignUpForm"
ACCOUNT_EMAIL_VERIFICATION = "optional"
ACCOUNT_CONFIRM_EMAIL_ON_GET = False
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_PRESERVE_USERNAME_CASING = True
ACCOUNT_USERNAME_VALIDATORS = "accounts.usernames.validators"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
# How long ago somebody may have signed in to see a new stream key, or to delete the account.
ACCOUNT_REAUTHENTICATION_TIMEOUT = int(timedelta(minutes=5).total_seconds())
MFA_ADAPTER = "accounts.adapter.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
USERSESSIONS_ADAPTER = "accounts.adapter.UserSessionsAdapter"
# Apps and scripts sign in under /_allauth/; mails lead them to the same pages as everybody.
HEADLESS_CLIENTS = ("app", "browser")
HEADLESS_FRONTEND_URLS = {
    "account_confirm_email": "/accounts/confirm-email/{key}/",
    "account_reset_password": "/accounts/password/reset/",
    "account_reset_password_from_key": "/accounts/password/reset/key/{key}/",
    "account_signup": "/accounts/signup/",
}
HEADLESS_SERVE_SPECIFICATION = True
HEADLESS_SPECIFICATION_TEMPLATE_NAME = None  # it would load scripts from elsewhere
# Every request asks who it is; a session that ends leaves cache and database together.
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
SESSION_COOKIE_AGE = int(timedelta(days=30).total_seconds())
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "core.views.csrf_failure"

DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", f"{SITE_NAME} <no-reply@localhost>")
EMAIL_FILE_PATH = VAR_DIR / "mail"

# --- Language, time, files -----------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_URL = "/media/"
MEDIA_ROOT = VAR_DIR / "media"
# What only its owner may have, so no web server hands it out: data exports.
PRIVATE_ROOT = VAR_DIR / "private"
DJANGO_VITE = {
    "default": {
        "dev_mode": False,
        "manifest_path": BASE_DIR / "static" / "dist" / "manifest.json",
        "static_url_prefix": "dist",
    }
}

# --- API -----------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.api.authentication.SessionTokenAuthentication",
        "core.api.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.AllowAny"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["core.api.parsers.JSONParser"],
    "URL_FORMAT_OVERRIDE": None,
    "DEFAULT_THROTTLE_CLASSES": ["core.api.throttling.BucketThrottle"],
    "EXCEPTION_HANDLER": "core.api.exceptions.exception_handler",
    "DEFAULT_SCHEMA_CLASS": "core.api.schema.AutoSchema",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Busk API",
    "DESCRIPTION": "Live streams, chat and presence. Errors have one shape: `{code, details}`.",
    "VERSION": "0.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "StreamStatus": "streams.models.StreamStatus",
        "StreamVisibility": "streams.models.StreamVisibility",
        "PlaybackKind": "streams.media.port.PLAYBACK_KINDS",
        "TeamRole": "moderation.team.models.TeamRole",
        "TermAction": "moderation.terms.models.TermAction",
        "CaseSubject": "moderation.reports.models.Subject",
        "CaseCategory": "moderation.reports.models.Category",
        "DecisionAction": "moderation.reports.models.DecisionAction",
        "AppealState": "moderation.reports.models.Appeal.State",
        "StatementKind": "moderation.reports.models.Statement.Kind",
        "OrderState": "payments.orders.models.OrderState",
        "PaymentFlow": "payments.orders.models.Flow",
        "PurchasePlatform": "payments.orders.sources.PLATFORMS",
        "PurchasePurpose": "payments.orders.models.Purpose",
        "PurchaseSource": "payments.orders.sources.SOURCES",
        "EarningSource": "payments.models.EarningSource",
        "ReceiptKind": "payments.orders.models.ReceiptKind",
        "RefundState": "payments.orders.models.RefundState",
        "TicketState": "payments.tickets.models.TicketState",
        "TicketVoidReason": "payments.tickets.models.VoidReason",
        "UnbanRequestState": "moderation.bans.models.UnbanRequest.State",
    },
}
# How often a minute: one person, and all people without an account behind one address together. A bucket is what
# counts together (core.api.throttling); messages are counted by the chat itself, sign-in and sign-up by allauth.
_PER_ADDRESS = env.number("BUSK_LIMIT_ANONYMOUS_PER_ADDRESS", 600, least=1)
RATE_LIMITS: dict[str, tuple[int, int]] = {
    "token": (env.number("BUSK_LIMIT_TOKEN", 10, least=1), _PER_ADDRESS),
    # Before every connect: whoever is thrown out again and again by a bad line still comes back in.
    "join": (env.number("BUSK_LIMIT_JOIN", 60, least=10), 10 * _PER_ADDRESS),
    "create": (env.number("BUSK_LIMIT_CREATE", 10, least=1), _PER_ADDRESS),
    "end": (env.number("BUSK_LIMIT_END", 20, least=1), _PER_ADDRESS),
    "upload": (env.number("BUSK_LIMIT_UPLOAD", 10, least=1), _PER_ADDRESS),
    "follow": (env.number("BUSK_LIMIT_FOLLOW", 30, least=1), _PER_ADDRESS),
    "search": (env.number("BUSK_LIMIT_SEARCH", 60, least=1), _PER_ADDRESS),
    "pay": (env.number("BUSK_LIMIT_PAY", 10, least=1), _PER_ADDRESS),
    # A press that is held sends four a second.
    "gift": (env.number("BUSK_LIMIT_GIFT", 300, least=10), _PER_ADDRESS),
    "write": (env.number("BUSK_LIMIT_WRITE", 120, least=1), _PER_ADDRESS),
}
RATELIMIT_USE_CACHE = "limits"
# The longest JSON: a description of emoji, each written as two escapes, fits.
API_BODY_MAX_BYTES = 128 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024

SILENCED_SYSTEM_CHECKS = [
    "auth.W004",  # usernames are unique, without case, by a constraint on Lower("username")
    "django_ratelimit.W001",
]
if not REDIS_URL:
    # It asks for a shared cache; without Redis there is one process, and LocMem is shared enough.
    SILENCED_SYSTEM_CHECKS.append("django_ratelimit.E003")

# --- LiveKit, in place of the built-in relay -----------------------------------------------------------

LIVEKIT_URL = env.text("LIVEKIT_URL")
LIVEKIT_API_KEY = env.text("LIVEKIT_API_KEY")
LIVEKIT_API_SECRET = env.text("LIVEKIT_API_SECRET")
# Where browsers find LiveKit: with the door in front of it, this site itself (wss://busk.example).
LIVEKIT_PUBLIC_URL = env.websocket_url("LIVEKIT_PUBLIC_URL", LIVEKIT_URL)
LIVEKIT_ROOM_CAPACITY = env.number("LIVEKIT_ROOM_CAPACITY", 10_000, least=1)
# Viewers of one stream by WebRTC; who comes beyond them watches by HLS, if an egress service makes it.
WEBRTC_VIEWERS = env.number("BUSK_WEBRTC_VIEWERS", 1_000, least=1)
# Where this host takes what egress sends ("off": never here), and how egress finds it.
BRIDGE_LISTEN = env.text("BUSK_BRIDGE_LISTEN", "127.0.0.1:1936")
BRIDGE_URL = env.text("BUSK_BRIDGE_URL", f"rtmp://{BRIDGE_LISTEN}").rstrip("/")

# --- Security headers -----------------------------------------------------------

SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY: dict[str, Any] = {
    "EXCLUDE_URL_PREFIXES": [],
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "worker-src": [SELF, "blob:"],
        "media-src": [SELF, "blob:"],
        "img-src": [SELF, "data:", "blob:"],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    },
}
if LIVEKIT_URL:
    # The handshake is a websocket; why one was refused is asked over HTTP.
    CONTENT_SECURITY_POLICY["DIRECTIVES"]["connect-src"] += [
        LIVEKIT_PUBLIC_URL,
        "http" + LIVEKIT_PUBLIC_URL.removeprefix("ws"),
    ]
# Origins besides the page's own host that may open our sockets.
SOCKET_ORIGINS = env.words("BUSK_SOCKET_ORIGINS")
# A header in which the operator's proxy names the viewer's country, such as CF-IPCountry; it must be set there always.
COUNTRY_HEADER = env.text("BUSK_COUNTRY_HEADER")
TRUSTED_PROXIES = env.number("BUSK_TRUSTED_PROXIES", 0)
# Many people may share an address; this only keeps one from taking all sockets. Counted per process.
ROOM_SOCKETS_PER_ADDRESS = env.number("BUSK_ROOM_SOCKETS_PER_ADDRESS", 1000, least=1)
LOBBY_SOCKETS_PER_ADDRESS = env.number("BUSK_LOBBY_SOCKETS_PER_ADDRESS", 200, least=1)

# --- Moderation (docs/moderation.md) -----------------------------------------------------------

# What the networks and browsers of banned people are hashed with; made from SECRET_KEY where it is not set.
EVASION_KEY = env.text("BUSK_EVASION_KEY")
# An address that more accounts came from in 30 days is not banned with a person.
EVASION_ACCOUNTS = env.number("BUSK_EVASION_ACCOUNTS", 5, least=1)

# What one person reports in an hour.
REPORTS_PER_HOUR = env.number("BUSK_REPORTS_PER_HOUR", 10, least=1)
# How long a decision can be appealed against, and how long a strike counts; so many in force suspend an account.
APPEAL_DAYS = env.number("BUSK_APPEAL_DAYS", 183, least=1)
STRIKE_DAYS = env.number("BUSK_STRIKE_DAYS", 90, least=1)
STRIKES_MOST = env.number("BUSK_STRIKES_MOST", 3, least=1)
# How long after a counter-notice something is back, unless a court was asked.
COUNTER_NOTICE_DAYS = env.number("BUSK_COUNTER_NOTICE_DAYS", 14, least=1)
# How long after its decision a case still has its evidence.
EVIDENCE_DAYS = env.number("BUSK_EVIDENCE_DAYS", 365, least=30)

# --- Operations -----------------------------------------------------------

# Without it /metrics answers this machine only.
METRICS_TOKEN = env.text("BUSK_METRICS_TOKEN")
# Errors are reported to Sentry only where this is set.
SENTRY_DSN = env.text("SENTRY_DSN")

# --- Money (docs/money.md) -----------------------------------------------------------

# Currency, what 100 coins are worth to creators, and what processing costs: per mille and fixed. All in minor units;
# the books are kept in the first one.
CURRENCIES = env.words("BUSK_CURRENCIES", "usd:100:29:30")
# The platform's part, of tips and tickets and of gifts.
FEE_PERCENT = env.number("BUSK_FEE_PERCENT", 5)
GIFT_FEE_PERCENT = env.number("BUSK_GIFT_FEE_PERCENT", 5)
TIP_LEAST = env.number("BUSK_TIP_LEAST", 100, least=1)
TICKET_LEAST = env.number("BUSK_TICKET_LEAST", 50, least=1)
# A stream that lasted less than this is given back to everybody who had a ticket.
TICKET_BROKE_OFF_MINUTES = env.number("BUSK_TICKET_BROKE_OFF_MINUTES", 10)
# Previews of one stream that one network gets.
PREVIEWS_PER_NETWORK = env.number("BUSK_PREVIEWS_PER_NETWORK", 5, least=1)
# What is earned waits for the later of both.
HOLD_CHARGE_DAYS = env.number("BUSK_HOLD_CHARGE_DAYS", 7)
HOLD_STREAM_DAYS = env.number("BUSK_HOLD_STREAM_DAYS", 3)
# What a creator may come to owe by disputes and refunds; the rest is the platform's loss.
CREATOR_DEBT_MOST = env.number("BUSK_CREATOR_DEBT_MOST", 10_000)

# --- Payments -----------------------------------------------------------

STRIPE_SECRET_KEY = env.text("STRIPE_SECRET_KEY")
STRIPE_WEBHOOK_SECRET = env.text("STRIPE_WEBHOOK_SECRET")
# For apps, which may know it.
STRIPE_PUBLISHABLE_KEY = env.text("STRIPE_PUBLISHABLE_KEY")
STRIPE_API_URL = env.text("STRIPE_API_URL", "https://api.stripe.com").rstrip("/")
# auto: Stripe with a key, else the sandbox with DEBUG, else off. config.checks refuses a sandbox without DEBUG.
PAYMENTS_WANTED = env.choice("BUSK_PAYMENTS", ("auto", "stripe", "sandbox", "off"))
PAYMENTS = ("stripe" if STRIPE_SECRET_KEY else "off") if PAYMENTS_WANTED == "auto" else PAYMENTS_WANTED
# Whether apps sell at all: shops of telephones have rules of their own about what is sold in apps.
SELL_IN_APPS = env.flag("BUSK_SELL_IN_APPS", default=True)
# What one person spends in 24 hours at most, in minor units of the books' currency; less in the account's first.
SPEND_A_DAY = env.number("BUSK_SPEND_A_DAY", 100_000)
SPEND_FIRST_DAY = env.number("BUSK_SPEND_FIRST_DAY", 5_000)
# Declines after which nothing more is tried: a person's and an address' in an hour, a card's in a day.
DECLINES_OF_PERSON = env.number("BUSK_DECLINES_OF_PERSON", 5, least=1)
DECLINES_FROM_ADDRESS = env.number("BUSK_DECLINES_FROM_ADDRESS", 15, least=1)
DECLINES_OF_CARD = env.number("BUSK_DECLINES_OF_CARD", 5, least=1)
# What one member of staff gives back alone, a refund and in 24 hours, in minor units of the books' currency.
REFUND_ALONE_MOST = env.number("BUSK_REFUND_ALONE_MOST", 10_000)
# Whom somebody asks whose wallet is frozen: an address for mail, or of a page.
SUPPORT_CONTACT = env.text("BUSK_SUPPORT_CONTACT")
# Staff hear of it when one sender is more than this percent of what a creator earned in a week, if that is so much.
SENDER_SHARE_ALERT = env.number("BUSK_SENDER_SHARE_ALERT", 60, least=1)
SENDER_ALERT_LEAST = env.number("BUSK_SENDER_ALERT_LEAST", 10_000, least=1)
# What stands on receipts: who sells, and what of each price is tax (2000 is 20 %).
SELLER_NAME = env.text("BUSK_SELLER_NAME", SITE_NAME)
SELLER_ADDRESS = env.text("BUSK_SELLER_ADDRESS")
SELLER_TAX_ID = env.text("BUSK_SELLER_TAX_ID")
TAX_NAME = env.text("BUSK_TAX_NAME", "Tax")
TAX_BASIS_POINTS = env.number("BUSK_TAX_BASIS_POINTS", 0)

# --- Streams -----------------------------------------------------------

# Who may go live: anyone (with a confirmed address), approved (by staff), payouts (who can be paid).
GO_LIVE = env.choice("BUSK_GO_LIVE", ("anyone", "approved", "payouts"))
GO_LIVE_LEAST_AGE = env.number("BUSK_GO_LIVE_LEAST_AGE", 13, least=13)
PAY_LEAST_AGE = env.number("BUSK_PAY_LEAST_AGE", 18, least=13)
STREAMS_PER_CREATOR = env.number("BUSK_STREAMS_PER_CREATOR", 2, least=1)
# How long a broadcaster may be gone and still come back into the same stream.
STREAM_GRACE_SECONDS = env.number("BUSK_STREAM_GRACE_SECONDS", 60, least=5)
STREAM_MAX_SECONDS = env.number("BUSK_STREAM_MAX_SECONDS", 8 * 3600, least=60)
# A stream that was prepared and never got media is cancelled after this.
STREAM_PREPARED_SECONDS = env.number("BUSK_STREAM_PREPARED_SECONDS", 3600, least=60)
THUMBNAIL_MAX_BYTES = env.number("BUSK_THUMBNAIL_MAX_BYTES", 8 * 1024 * 1024, least=1024)

# What a browser publishes at most: lines of the picture, and bits per second.
PUBLISH_HEIGHT_MOST = env.number("BUSK_PUBLISH_HEIGHT_MOST", 1080, least=180)
PUBLISH_BITRATE_MOST = env.number("BUSK_PUBLISH_BITRATE_MOST", 4_500_000, least=200_000)

MEDIA_WORK_DIR = VAR_DIR / "relay"
RELAY_RENDITIONS = env.words("BUSK_RELAY_RENDITIONS", "source,480")
FFMPEG_BINARY = env.text("FFMPEG_BINARY")

# --- Logs -----------------------------------------------------------

# One JSON object per line for whoever collects logs, or lines for people; config.checks refuses anything else.
LOG_FORMAT = env.text("BUSK_LOG_FORMAT", "line")
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "secrets": {"()": "core.logs.SecretsFilter"},
        "request_id": {"()": "core.logs.RequestIdFilter"},
    },
    "formatters": {
        "lines": {"()": "core.logs.Lines", "format": LOG_FORMAT},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "lines",
            "filters": ["secrets", "request_id"],
        }
    },
    "root": {"handlers": ["console"], "level": env.text("BUSK_LOG_LEVEL", "INFO")},
    "loggers": {
        # Django's own handlers would say everything twice.
        "django": {"handlers": [], "level": "INFO"},
        "django.server": {"handlers": [], "level": "INFO", "propagate": True},
        # It tells of each call.
        "stripe": {"handlers": [], "level": "WARNING", "propagate": True},
        # uvicorn's own handlers would write URLs with the secrets in them.
        "uvicorn": {"handlers": [], "level": "INFO", "propagate": True},
    },
}
