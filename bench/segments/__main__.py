"""Runs every case twice: the server on one core, the players on the others."""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

import psutil

from bench import Report
from tests.chaos.serving import free_port

SEGMENT_BYTES = 320 * 1024
# Ten streams with as many seconds as a playlist offers: 38 MB, so all of it is hot.
STREAMS, SECONDS = 10, 12
RUN_SECONDS, RUNS = 4, 2
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
# One process on one core that serves files by sendfile; the key in the path is not looked at.
NGINX_CONFIG = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log stderr crit;
events {{ worker_connections 256; }}
http {{
    access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000; default_type video/mp4;
    client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
    uwsgi_temp_path {folder}; scgi_temp_path {folder};
    server {{
        listen 127.0.0.1:{port};
        location ~ ^/seg/(?<stream>[^/]+)/[^/]+/(?<name>.+)$ {{ root {folder}; try_files /$stream/$name =404; }}
    }}
}}
"""


@dataclass(frozen=True)
class Figures:
    per_second: float
    cpu_us: float


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="busk-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # nginx reads as nobody when root runs this
        os.environ |= {"DJANGO_SETTINGS_MODULE": "config.settings.test", "BUSK_VAR_DIR": f"{name}/var"}
        import django

        django.setup()
        streams = write_segments(folder)
        servers: dict[str, Callable[[Path, int], list[str]]] = {
            "relay": asgi("relay"),
            "threads": asgi("threads"),
        }
        if NGINX:
            servers["nginx"] = nginx
        else:
            print("nginx is not installed: one peer less")
        report = Report()
        for run in range(1, RUNS + 1):
            figures = {name: measure(command, folder, streams) for name, command in servers.items()}
            for name, found in figures.items():
                bar = 1000 if name == "relay" else None
                report.line(f"{name}_{run}_served", found.per_second, "segments/s", at_least=bar)
                report.line(f"{name}_{run}_cpu", found.cpu_us, "us/segment")
            for name in figures.keys() - {"relay"}:
                ratio = figures["relay"].cpu_us / figures[name].cpu_us
                report.line(f"relay_{run}_cpu_to_{name}", ratio, "x")
    report.finish()


def write_segments(folder: Path) -> list[UUID]:
    streams = [uuid4() for _ in range(STREAMS)]
    for stream in streams:
        rendition = folder / str(stream) / "run-1" / "source"
        rendition.mkdir(parents=True)
        for second in range(SECONDS):
            (rendition / f"{second:06d}.m4s").write_bytes(os.urandom(SEGMENT_BYTES))
    return streams


def paths(streams: list[UUID]) -> list[str]:
    """What players ask for, with keys of this moment."""
    from streams.media.relay.passes import segment_key

    keys = {stream: segment_key(stream_id=stream, kicks=0, at=time.time()) for stream in streams}
    return [
        f"/seg/{stream}/{keys[stream]}/run-1/source/{second:06d}.m4s"
        for second in range(SECONDS)
        for stream in streams
    ]


def asgi(kind: str) -> Callable[[Path, int], list[str]]:
    return lambda folder, port: [sys.executable, "-m", "bench.segments.server", kind, str(port), str(folder)]


def nginx(folder: Path, port: int) -> list[str]:
    config = folder / "nginx.conf"
    config.write_text(NGINX_CONFIG.format(folder=folder, port=port))
    return [str(NGINX), "-c", str(config)]


def measure(command: Callable[[Path, int], list[str]], folder: Path, streams: list[UUID]) -> Figures:
    port = free_port()
    cores = sorted(os.sched_getaffinity(0))
    with running(command(folder, port), core=cores[0]) as server:
        wait_for(port)
        load(port, 1, streams, cores)  # files become hot
        before, began = cpu_seconds(server), time.monotonic()
        served = load(port, RUN_SECONDS, streams, cores)
        seconds, spent = time.monotonic() - began, cpu_seconds(server) - before
    return Figures(per_second=served / min(seconds, RUN_SECONDS), cpu_us=spent / served * 1e6)


def load(port: int, seconds: int, streams: list[UUID], cores: list[int]) -> int:
    done = subprocess.run(
        [sys.executable, "-m", "bench.segments.load", str(port), str(seconds)],
        input=json.dumps(paths(streams)),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        preexec_fn=lambda: os.sched_setaffinity(0, cores[1:] or cores),
    )
    return int(done.stdout)


@contextmanager
def running(command: list[str], *, core: int) -> Iterator[psutil.Process]:
    process = subprocess.Popen(command, preexec_fn=lambda: os.sched_setaffinity(0, [core]))
    try:
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(10)


def cpu_seconds(server: psutil.Process) -> float:
    """Of the server and its workers."""
    spent = 0.0
    for process in (server, *server.children(recursive=True)):
        times = process.cpu_times()
        spent += times.user + times.system
    return spent


def wait_for(port: int) -> None:
    give_up_at = time.monotonic() + 20
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            if time.monotonic() > give_up_at:
                raise
            time.sleep(0.05)


if __name__ == "__main__":
    main()
