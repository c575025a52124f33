"""Error reports to Sentry, only where SENTRY_DSN is set, and with nothing in them that is a person's or a key.

Source: https://docs.sentry.io/platforms/python/configuration/options/
"""

from typing import Any

import sentry_sdk
from django.conf import settings
from sentry_sdk.transport import Transport
from sentry_sdk.utils import BadDsn, Dsn

from core.logs import data_without_secrets, request_id

# What a request is told by: where to and how, never what it carried.
_REQUEST_KEEPS = ("method", "url")


def understands(dsn: str) -> bool:
    try:
        Dsn(dsn)
    except BadDsn:
        return False
    return True


def start(*, transport: Transport | None = None) -> None:
    """Begin to report, if the operator wants it."""
    if not (settings.SENTRY_DSN and understands(settings.SENTRY_DSN)):  # config.checks tells of the second
        return
    sentry_sdk.init(
        dsn=settings.SENTRY_DSN,
        transport=transport,
        before_send=before_send,
        before_breadcrumb=lambda crumb, hint: data_without_secrets(crumb),
        include_local_variables=False,  # they hold whole requests
        include_source_context=True,
        max_request_body_size="never",
        send_client_reports=False,
        server_name=settings.SITE_NAME,
        traces_sample_rate=None,
    )


def before_send(event: Any, hint: dict[str, Any]) -> Any:
    """The event without cookies, headers, body, query and person; what is left goes through the log's filter."""
    request = event.get("request") or {}
    if request:
        event["request"] = {name: request[name] for name in _REQUEST_KEEPS if name in request}
    event.pop("user", None)
    cleaned: dict[str, Any] = data_without_secrets(event)
    cleaned.setdefault("tags", {})["request_id"] = request_id.get()
    return cleaned
