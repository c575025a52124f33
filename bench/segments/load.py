"""Players that ask for segments one after the other, as fast as they come: ``... load <port> <seconds> < paths``."""

import json
import socket
import sys
import threading
import time
from collections.abc import Sequence

CONNECTIONS = 8


def fetch(port: int, paths: Sequence[str], until: float, counts: list[int], at: int) -> None:
    """Count whole, right answers in ``counts[at]``; anything else ends the benchmark."""
    buffer = memoryview(bytearray(1024 * 1024))
    with socket.create_connection(("127.0.0.1", port)) as connection:
        turn = at
        while time.monotonic() < until:
            path = paths[turn % len(paths)]
            turn += 1
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: bench\r\n\r\n".encode())
            received = connection.recv_into(buffer, 64 * 1024)
            head, _, rest = bytes(buffer[:received]).partition(b"\r\n\r\n")
            fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
            assert head.startswith(b"HTTP/1.1 200"), head
            missing = int(fields[b"content-length"]) - len(rest)
            if missing:
                assert connection.recv_into(buffer, missing, socket.MSG_WAITALL) == missing
            counts[at] += 1


def main() -> None:
    port, seconds = int(sys.argv[1]), float(sys.argv[2])
    paths: list[str] = json.load(sys.stdin)
    counts = [0] * CONNECTIONS
    until = time.monotonic() + seconds
    threads = [
        threading.Thread(target=fetch, args=(port, paths, until, counts, at)) for at in range(CONNECTIONS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(sum(counts))


if __name__ == "__main__":
    main()
