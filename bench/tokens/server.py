"""The Busk that is measured: ``python -m bench.tokens.server PORT``, as in ``bench.room.server``, with LiveKit chosen.

Nobody listens at LiveKit's address: neither tokens nor the door need it. Obeys ``people COUNT`` -> their cookies.
"""

import os
import sys

SECRET = "a-secret-of-at-least-thirty-two-bytes"
os.environ |= {
    "LIVEKIT_URL": "http://127.0.0.1:9",
    "LIVEKIT_API_KEY": "bench",
    "LIVEKIT_API_SECRET": SECRET,
    # Ten a minute is what the limit is about, and not what is measured.
    "BUSK_LIMIT_TOKEN": "1000000",
}

from django.http import HttpRequest, JsonResponse  # noqa: E402 - the settings read what is set above
from django.urls import path  # noqa: E402

from bench.room import server  # noqa: E402


class TokensBench(server.Bench):
    """Signed-in viewers of one live stream."""

    def __init__(self) -> None:
        super().__init__()
        from config import urls

        urls.urlpatterns.append(path("bench/bare", bare))

    def do_people(self, count: int) -> list[str]:
        """A session cookie for each."""
        from django.conf import settings
        from django.db import connection
        from django.test import Client

        cookies = []
        for number in range(count):
            client = Client()
            client.force_login(self.person(f"bench-viewer-{number}"))
            cookies.append(client.cookies[settings.SESSION_COOKIE_NAME].value)
        connection.close()
        return cookies


def bare(request: HttpRequest) -> JsonResponse:
    """The peer."""
    from livekit import api

    grants = api.VideoGrants(room_join=True, room="bench")
    token = api.AccessToken("bench", SECRET).with_identity("somebody").with_grants(grants)
    return JsonResponse({"token": token.to_jwt()})


if __name__ == "__main__":
    server.main(int(sys.argv[1]), TokensBench)
