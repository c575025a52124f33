"""The Busk that is measured: ``python -m bench.room.server PORT``, DEBUG off, under uvicorn, on a database of its own.

Obeys lines on its standard input and answers each with one line of JSON:
``passes VIEWERS SENDERS`` -> list of join passes, the senders' first; ``counts`` -> {queries, ...};
``fanout RATE SECONDS`` -> publishes ready-made events, past the chat.
"""

import json
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")
os.environ.setdefault("BUSK_ROOM_SOCKETS_PER_ADDRESS", "1000000")  # all viewers of a benchmark share one
os.environ.setdefault("BUSK_VAR_DIR", str(Path(tempfile.gettempdir()) / "busk-bench"))

from django.conf import settings

LINE = "x" * 60


def main(port: int, make_bench: Callable[[], Any]) -> None:
    """Serve until the standard input ends; ``make_bench`` is called once Django is there."""
    import django

    from config import embedded

    settings.DEBUG = False
    settings.LOGGING["root"]["level"] = "WARNING"
    settings.DATABASES["default"]["TEST"] = {"NAME": "busk_bench", "TEMPLATE": "template0"}
    if not os.environ.get("DATABASE_URL"):
        embedded.start()
    django.setup()
    from django.db import connection

    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False, keepdb=True)
    bench = make_bench()
    connection.close()

    from config.asgi import application
    from config.embedded.servers import Listening, run_uvicorn

    threading.Thread(target=bench.obey, daemon=True).start()
    run_uvicorn(
        Listening(
            application=application,
            host="127.0.0.1",
            port=port,
            log_access=False,
            on_ready=lambda: print("ready", flush=True),
        )
    )


class Bench:
    """A live stream, people who may write, and a count of the queries."""

    def __init__(self) -> None:
        from django.db.backends.signals import connection_created

        from streams.services import media_arrived, stream_create

        self.queries = 0
        connection_created.connect(self._watch, weak=False)
        creator = self.person("bench-creator")
        from streams.models import Stream

        Stream.objects.filter(creator=creator).delete()
        self.stream_id: UUID = stream_create(creator=creator, title="Bench")[0].pk
        media_arrived(stream_id=self.stream_id)

    def _watch(self, connection: Any, **kwargs: Any) -> None:
        # Said again each time a connection is taken from the pool.
        if self._count not in connection.execute_wrappers:
            connection.execute_wrappers.append(self._count)

    def _count(self, execute: Any, *arguments: Any) -> Any:
        self.queries += 1
        return execute(*arguments)

    def person(self, username: str) -> Any:
        from allauth.account.models import EmailAddress

        from accounts.models import User

        user = User.objects.filter(username=username).first()
        if user is None:
            user = User.objects.create_user(username, f"{username}@example.com")
            EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        return user

    def obey(self) -> None:
        for line in sys.stdin:
            name, *numbers = line.split()
            answer = getattr(self, f"do_{name}")(*map(int, numbers))
            print(json.dumps(answer), flush=True)
        os._exit(0)

    def do_passes(self, viewers: int, senders: int) -> list[str]:
        from django.db import connection

        from realtime.passes import join_pass_issue
        from streams.viewers import session_id

        people: list[Any] = [self.person(f"bench-sender-{number}") for number in range(senders)]
        connection.close()
        passes = []
        for number, user in enumerate(people + [None] * (viewers - senders)):
            viewer_id = f"u:{user.pk}" if user else f"a:{number}"
            passes.append(
                join_pass_issue(
                    room_id=self.stream_id,
                    session_id=session_id(stream_id=self.stream_id, viewer_id=viewer_id),
                    viewer_id=viewer_id,
                    user_id=user.pk if user else None,
                    party_id=user.party_id if user else None,
                    name=user.name if user else None,
                )
            )
        return passes

    def do_counts(self) -> dict[str, Any]:
        return {"queries": self.queries, "stream": str(self.stream_id)}

    def do_fanout(self, rate: int, seconds: int) -> dict[str, int]:
        """The events of as many messages, without the messages. Returns when it began to publish."""
        from realtime.events import Entry
        from realtime.publish import entries_publish

        def publish() -> None:
            started = time.monotonic()
            for number in range(rate * seconds):
                time.sleep(max(0.0, started + number / rate - time.monotonic()))
                body = b'{"type":"chat:message","user":{"name":"bench"},"text":"@%d@ %b"}' % (
                    time.monotonic_ns(),
                    LINE.encode(),
                )
                entries_publish(self.stream_id, [Entry("bench:message", 0, body)])

        threading.Thread(target=publish, daemon=True).start()
        return {}


if __name__ == "__main__":
    main(int(sys.argv[1]), Bench)
