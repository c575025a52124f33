"""What log lines carry, and what they must never carry."""

import logging
import re
from contextvars import ContextVar

request_id: ContextVar[str] = ContextVar("request_id", default="-")

# The only secrets that may stand in a URL: socket passes, playlist passes and segment keys.
_SECRETS = re.compile(
    r"(?P<keep>[?&](?:pass|ticket|token)=|/(?:hls|seg)/[0-9a-f-]{36}/)[^\s/&\"']+", re.IGNORECASE
)


def without_secrets(text: str) -> str:
    return _SECRETS.sub(r"\g<keep>***", text)


class SecretsFilter(logging.Filter):
    """Blanks the passes that URLs carry."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        cleaned = without_secrets(message)
        if cleaned != message:
            record.msg, record.args = cleaned, None
        return True


class RequestIdFilter(logging.Filter):
    """Gives each line the id of the request it belongs to."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = request_id.get()
        return True
