"""Whether the web process of this container answers: ``python -m config.healthcheck``, without loading Django."""

import sys
from urllib.error import URLError
from urllib.request import urlopen


def answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=4) as answer:  # noqa: S310 - our own address
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False


if __name__ == "__main__":
    sys.exit(not answers("http://127.0.0.1:8000/healthz"))
