"""A process that gives: ``python -m tests.chaos.giving DATABASE STREAM``, with one request a line on its input.

Eight clients take ``<username> <request id>`` from there, and say ``<request id> <gift id>`` once it is answered.
With ``untold`` it is killed once the first fact is committed and before anybody is told of it; with ``ending untold``
that is the end of streaks, after whatever was asked.
"""

import os
import signal
import sys
import threading
import uuid
from queue import SimpleQueue

CLIENTS = 8


def main(database: str, stream_id: str, *how: str) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings.test"
    from django.conf import settings

    settings.DATABASES["default"]["NAME"] = database
    import django

    django.setup()

    from accounts.models import User
    from gifts.combos import combos_end
    from gifts.selectors import gift_get
    from gifts.services import gift_send
    from streams.models import Stream
    from streams.viewers import Viewer

    if how == ("untold",):
        dies_before_telling()
    users = {user.username: user for user in User.objects.all()}
    stream, rose = Stream.objects.get(pk=stream_id), gift_get(sku="rose")
    asked: SimpleQueue[list[str] | None] = SimpleQueue()
    one_at_a_time = threading.Lock()

    def client() -> None:
        while (line := asked.get()) is not None:
            user = users[line[0]]
            sent = gift_send(
                sender=Viewer(user=user, viewer_id=f"u:{user.pk}"),
                stream=stream,
                gift=rose,
                quantity=1,
                request_id=uuid.UUID(line[1]),
            )
            with one_at_a_time:
                sys.stdout.write(f"{line[1]} {sent.gift.pk}\n")
                sys.stdout.flush()

    clients = [threading.Thread(target=client) for _ in range(CLIENTS)]
    for thread in clients:
        thread.start()
    for line in sys.stdin:
        asked.put(line.split())
    for _ in clients:
        asked.put(None)
    for thread in clients:
        thread.join()
    if how == ("ending", "untold"):
        dies_before_telling()
        combos_end()


def dies_before_telling() -> None:
    from core import facts
    from core.models import OutboxFact

    def die(row: OutboxFact) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    facts._deliver = die


if __name__ == "__main__":
    main(*sys.argv[1:])
