"""A process that gives: ``python -m tests.chaos.giving DATABASE STREAM``, with one request a line on its input.

Eight clients take ``<username> <request id>`` from there, and say ``<request id> <gift id>`` once it is answered.
"""

import os
import sys
import threading
import uuid
from queue import SimpleQueue

CLIENTS = 8


def main(database: str, stream_id: str) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings.test"
    from django.conf import settings

    settings.DATABASES["default"]["NAME"] = database
    import django

    django.setup()

    from accounts.models import User
    from gifts.selectors import gift_get
    from gifts.services import gift_send
    from streams.models import Stream
    from streams.viewers import Viewer

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


if __name__ == "__main__":
    main(*sys.argv[1:])
