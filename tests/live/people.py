"""Many viewers without browsers: accounts, signed in, that ask for tokens and hold sockets."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any

import aiohttp

from tests.servers import Busk

CSRF = "a" * 32
MAKE_AND_SIGN_IN = """
import json
from django.conf import settings
from django.test import Client
from accounts.models import User
told = []
for number in range({many}):
    user = User.objects.create_user(f"crowd{{number}}", f"crowd{{number}}@example.com")
    client = Client()
    client.force_login(user)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    told.append([str(user.pk), f"{{cookie.key}}={{cookie.value}}"])
print(json.dumps(told))
"""


@dataclass
class Person:
    user_id: str
    cookies: str
    token: str = ""
    renewed: str = ""


def crowd(busk: Busk, many: int) -> list[Person]:
    """So many people with accounts, signed in."""
    told = busk.home.manage("shell", "-c", MAKE_AND_SIGN_IN.format(many=many))
    assert told.returncode == 0, told.stderr
    return [Person(*each) for each in json.loads(told.stdout.splitlines()[-1])]


class Api:
    """Busk's API, as whoever holds the cookies."""

    def __init__(self, busk: Busk) -> None:
        self._busk, self._session = busk, aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
        self._few = asyncio.Semaphore(10)

    async def close(self) -> None:
        await self._session.close()

    async def ask(self, method: str, path: str, cookies: str, **options: Any) -> tuple[int, dict[str, Any]]:
        headers = {"Cookie": f"{cookies}; csrftoken={CSRF}", "X-CSRFToken": CSRF}
        async with (
            self._few,
            self._session.request(method, self._busk.url + path, headers=headers, **options) as answer,
        ):
            return answer.status, await answer.json()
