"""Refuse half a configuration at the start, with what to do, instead of failing at the first viewer."""

import os
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.exceptions import ImproperlyConfigured
from django.db import connections

from config import env, sentry
from core.logs import LOG_FORMATS
from payments.fees import split_expected
from payments.models import CoinPackPrice
from payments.packs import prices_below_rate
from payments.provider import STRIPE_ADDRESS
from payments.terms import book_terms, terms
from streams.media.livekit.trouble import ADVICE, Trouble, trouble_find
from streams.media.relay.ladder import ladder

LIVEKIT = ("LIVEKIT_URL", "LIVEKIT_API_KEY", "LIVEKIT_API_SECRET")
STRIPE = ("STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET")
SHORTEST_SECRET_KEY = 32
SHORTEST_METRICS_TOKEN = 16
SHORTEST_LIVEKIT_SECRET = 32
MOST_PERCENT = 100
FREE_FOR_PEOPLE = 10  # connections that stay for psql, migrations and backups


@register()
def whole_integrations(**kwargs: Any) -> list[CheckMessage]:
    """An integration is configured completely or not at all."""
    return [
        *_all_or_none(LIVEKIT, id="busk.E001"),
        *_all_or_none(STRIPE, id="busk.E002"),
    ]


@register()
def production_is_safe(**kwargs: Any) -> list[CheckMessage]:
    """With DEBUG off nothing that protects people may be left to a default."""
    if settings.DEBUG:
        return []
    found: list[CheckMessage] = []
    if len(env.text("SECRET_KEY")) < SHORTEST_SECRET_KEY:
        hint = "python -c 'import secrets; print(secrets.token_urlsafe(50))' makes a good one."
        message = f"SECRET_KEY is missing or shorter than {SHORTEST_SECRET_KEY} characters."
        found.append(Error(message, hint=hint, id="busk.E003"))
    if not settings.ALLOWED_HOSTS or "*" in settings.ALLOWED_HOSTS:
        hint = "Set ALLOWED_HOSTS to the names Busk is reached by, separated by commas."
        found.append(Error("ALLOWED_HOSTS names no host.", hint=hint, id="busk.E004"))
    if not env.text("EMAIL_HOST") and env.text("EMAIL_URL") != "off":
        hint = "Set EMAIL_HOST and its companions, or EMAIL_URL=off to do without mail on purpose."
        found.append(Error("Mail goes nowhere, so nobody can confirm an account.", hint=hint, id="busk.E005"))
    return found


@register()
def payments_are_real(**kwargs: Any) -> list[CheckMessage]:
    """Where people pay, it is at Stripe, and receipts name who sells."""
    if settings.DEBUG:
        return []
    found: list[CheckMessage] = []
    if settings.PAYMENTS == "sandbox":
        hint = "Set STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRET, or BUSK_PAYMENTS=off."
        found.append(Error("The payment sandbox runs with DEBUG only.", hint=hint, id="busk.E018"))
    if settings.PAYMENTS != "stripe":
        return found
    if settings.STRIPE_API_URL != STRIPE_ADDRESS:
        hint = "Leave STRIPE_API_URL out: it is for tests."
        message = f"Payments would go to {settings.STRIPE_API_URL} and not to Stripe."
        found.append(Error(message, hint=hint, id="busk.E019"))
    if not settings.STRIPE_SECRET_KEY:
        hint = "Set STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRET, or leave BUSK_PAYMENTS out."
        found.append(Error("BUSK_PAYMENTS is stripe, and there is no key.", hint=hint, id="busk.E020"))
    if not (env.text("BUSK_SELLER_NAME") and settings.SELLER_ADDRESS):
        hint = "Set BUSK_SELLER_NAME and BUSK_SELLER_ADDRESS to those of the business."
        found.append(Warning("Receipts do not say who sells.", hint=hint, id="busk.W005"))
    return found


@register()
def renditions_exist(**kwargs: Any) -> list[CheckMessage]:
    """A wrong word in the relay's ladder shows now, not at the first broadcast."""
    try:
        ladder()
    except ImproperlyConfigured as problem:
        hint = "Use words such as source,720,480."
        return [Error(str(problem), hint=hint, id="busk.E012")]
    return []


@register()
def money_terms_are_whole(**kwargs: Any) -> list[CheckMessage]:
    """Currencies and fees are readable, and no least price leaves a creator less than nothing."""
    try:
        terms()
    except ImproperlyConfigured as problem:
        hint = "Use words such as usd:100:29:30: currency, worth of 100 coins, per mille and fixed part of a fee."
        return [Error(str(problem), hint=hint, id="busk.E013")]
    found: list[CheckMessage] = []
    for name in ("FEE_PERCENT", "GIFT_FEE_PERCENT"):
        if getattr(settings, name) > MOST_PERCENT:
            message = f"BUSK_{name} is {getattr(settings, name)}, more than there is."
            found.append(Error(message, hint=f"Set BUSK_{name} to {MOST_PERCENT} or less.", id="busk.E013"))
    for name in ("TIP_LEAST", "TICKET_LEAST"):
        least = getattr(settings, name)
        left = split_expected(gross=least, terms=book_terms()).creator
        if left < 0:
            hint = f"Raise BUSK_{name}, or lower BUSK_FEE_PERCENT."
            message = f"Of BUSK_{name}={least} fees would leave the creator {left}."
            found.append(Error(message, hint=hint, id="busk.E014"))
    return found


@register(Tags.database)
def packs_pay_creators(databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """No coin pack on sale brings less than its coins are worth to creators. Queries: 2."""
    if not databases or money_terms_are_whole():
        return []
    if CoinPackPrice._meta.db_table not in connections["default"].introspection.table_names():
        return []  # before the first migration
    hint = "Raise its price or take it off sale, or lower what coins are worth in BUSK_CURRENCIES."
    return [
        Error(f"{found} for {found.pack} is less than creators would get.", hint=hint, id="busk.E015")
        for found in prices_below_rate()
    ]


@register()
def several_processes_share(**kwargs: Any) -> list[CheckMessage]:
    """Rooms, limits and tasks live in one process, or in Redis; pictures on one host, or in LiveKit."""
    found: list[CheckMessage] = []
    if not env.text("REDIS_URL"):
        if processes() > 1:
            hint = "Set REDIS_URL, or WEB_CONCURRENCY=1."
            message = f"{processes()} processes without Redis would be {processes()} separate sites."
            found.append(Error(message, hint=hint, id="busk.E006"))
        elif not settings.DEBUG:
            hint = "Run `manage.py serve --server uvicorn`, or set REDIS_URL and run worker and beat."
            message = "Without REDIS_URL only one process may run, and only `serve` brings its tasks along."
            found.append(Warning(message, hint=hint, id="busk.W001"))
    if env.number("BUSK_HOSTS", 1, least=1) > 1 and not env.text("LIVEKIT_URL"):
        hint = "Set LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET, or serve from one host."
        found.append(Error("The built-in relay works on one host only.", hint=hint, id="busk.E007"))
    return found


@register()
def rooms_have_a_door(**kwargs: Any) -> list[CheckMessage]:
    """Browsers come to LiveKit through our proxy, which asks us. Their cookies go to no other name than ours."""
    if settings.DEBUG or not settings.LIVEKIT_URL:
        return []
    if "http" + settings.LIVEKIT_PUBLIC_URL.removeprefix("ws") == settings.PUBLIC_URL:
        return []
    hint = f"Set LIVEKIT_PUBLIC_URL=ws{settings.PUBLIC_URL.removeprefix('http')}, with deploy/nginx in front of both."
    message = f"Browsers reach LiveKit at {settings.LIVEKIT_PUBLIC_URL}, past the door: who is removed may come back."
    return [Warning(message, hint=hint, id="busk.W003")]


@register()
def rooms_are_signed_well(**kwargs: Any) -> list[CheckMessage]:
    """Whoever guesses LiveKit's secret makes tokens for every room."""
    if (
        not settings.LIVEKIT_URL
        or not 0 < len(settings.LIVEKIT_API_SECRET.encode()) < SHORTEST_LIVEKIT_SECRET
    ):
        return []
    hint = "python -c 'import secrets; print(secrets.token_urlsafe(36))' makes a good one; LiveKit needs the same."
    message = f"LIVEKIT_API_SECRET is shorter than {SHORTEST_LIVEKIT_SECRET} bytes."
    return [Error(message, hint=hint, id="busk.E016")]


@register(deploy=True)
def rooms_are_ours_to_make(**kwargs: Any) -> list[CheckMessage]:
    """LiveKit answers, knows us, and makes no room by itself. Asks it, so only with --deploy."""
    if not settings.LIVEKIT_URL:
        return []
    match problem := trouble_find():
        case None:
            return []
        case Trouble.AWAY:
            return [Warning(problem.value, hint=ADVICE[problem], id="busk.W004")]
        case _:
            return [Error(problem.value, hint=ADVICE[problem], id="busk.E017")]


@register()
def operations_are_whole(**kwargs: Any) -> list[CheckMessage]:
    """Logs, metrics and error reports do what was meant, or nothing."""
    found: list[CheckMessage] = []
    if settings.LOG_FORMAT not in LOG_FORMATS:
        hint = f"Set BUSK_LOG_FORMAT to {' or '.join(LOG_FORMATS)}, or leave it out."
        found.append(
            Error(f"BUSK_LOG_FORMAT is {settings.LOG_FORMAT!r}, which is none.", hint=hint, id="busk.E009")
        )
    if 0 < len(settings.METRICS_TOKEN) < SHORTEST_METRICS_TOKEN:
        hint = "python -c 'import secrets; print(secrets.token_urlsafe(32))' makes a good one."
        message = f"BUSK_METRICS_TOKEN is shorter than {SHORTEST_METRICS_TOKEN} characters."
        found.append(Error(message, hint=hint, id="busk.E010"))
    if settings.SENTRY_DSN and not sentry.understands(settings.SENTRY_DSN):
        hint = "Copy it from the project's settings in Sentry, or leave it out."
        found.append(Error("SENTRY_DSN is not the address of a project.", hint=hint, id="busk.E011"))
    if processes() > 1 and not os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        hint = "Set PROMETHEUS_MULTIPROC_DIR to a folder that is emptied before Busk starts."
        message = f"/metrics tells of one of {processes()} processes, by chance."
        found.append(Warning(message, hint=hint, id="busk.W002"))
    return found


@register(Tags.database)
def pools_fit(databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """All processes' connection pools together leave room in PostgreSQL. Queries: 1."""
    found: list[CheckMessage] = []
    for alias in databases or []:
        pool = connections[alias].settings_dict["OPTIONS"].get("pool")
        if not pool:
            continue
        wanted = processes() * pool["max_size"]
        with connections[alias].cursor() as cursor:
            cursor.execute("SHOW max_connections")
            offered = int(cursor.fetchone()[0]) - FREE_FOR_PEOPLE
        if wanted >= offered:
            hint = "Lower DATABASE_POOL_MAX or WEB_CONCURRENCY, or raise PostgreSQL's max_connections."
            message = f"The pools may ask for {wanted} connections; PostgreSQL has {offered} for them."
            found.append(Error(message, hint=hint, id="busk.E008"))
    return found


def processes() -> int:
    return env.number("WEB_CONCURRENCY", 1, least=1)


def _all_or_none(names: tuple[str, ...], *, id: str) -> list[CheckMessage]:
    missing = [name for name in names if not env.text(name)]
    if not missing or len(missing) == len(names):
        return []
    given = ", ".join(name for name in names if name not in missing)
    hint = f"Set {', '.join(missing)} too, or remove {given}."
    return [Error(f"{given} is set without {', '.join(missing)}.", hint=hint, id=id)]
