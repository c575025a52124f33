"""The proxy that cuts lines in browser tests must itself be right, or those tests prove nothing."""

import socket
import threading
from collections.abc import Iterator

import pytest

from tests.proxy import Proxy


@pytest.fixture
def echo() -> Iterator[int]:
    """A server that sends back what it gets. Its port."""
    listening = socket.create_server(("127.0.0.1", 0))

    def answer(connection: socket.socket) -> None:
        with connection:
            try:
                while data := connection.recv(1024):
                    connection.sendall(data)
            except ConnectionResetError:
                pass

    def serve() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=answer, args=[connection], daemon=True).start()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield int(listening.getsockname()[1])
    listening.shutdown(socket.SHUT_RDWR)
    listening.close()
    thread.join()


@pytest.fixture
def proxy(echo: int) -> Iterator[Proxy]:
    proxy = Proxy(echo)
    yield proxy
    proxy.close()


def connect(proxy: Proxy) -> socket.socket:
    return socket.create_connection(("127.0.0.1", proxy.port), timeout=0.5)


def asked(connection: socket.socket, word: bytes = b"hello") -> bytes:
    connection.sendall(word)
    return connection.recv(1024)


def test_it_carries_both_ways(proxy: Proxy) -> None:
    with connect(proxy) as client:
        assert asked(client) == b"hello"


def test_a_reset_breaks_what_is_open_and_what_comes(proxy: Proxy) -> None:
    with connect(proxy) as client:
        asked(client)
        proxy.reset()
        with pytest.raises(ConnectionResetError):
            client.recv(1024)
    with pytest.raises(ConnectionError), connect(proxy) as another:
        another.recv(1024)
    proxy.restore()
    with connect(proxy) as again:
        assert asked(again) == b"hello"


def test_a_blackhole_is_silent_and_what_it_swallowed_from_stays_dead(proxy: Proxy) -> None:
    with connect(proxy) as idle, connect(proxy) as client:
        asked(idle)
        asked(client)
        proxy.blackhole()
        with pytest.raises(TimeoutError):
            asked(client)
        with connect(proxy) as another, pytest.raises(TimeoutError):
            asked(another)
        proxy.restore()
        with pytest.raises(TimeoutError):
            asked(client)
        assert asked(idle) == b"hello"
    with connect(proxy) as again:
        assert asked(again) == b"hello"
