"""nginx with the configuration of deploy/, at ports of the test's own."""

import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

import pytest

from config.embedded.postgres import CHECKOUT
from tests.chaos.serving import free_port

TEMPLATES = CHECKOUT / "deploy" / "nginx" / "templates"
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
needs_nginx = pytest.mark.skipif(NGINX is None, reason="nginx is not installed")

# What the image has around the files that it includes.
_AROUND = """
daemon off; worker_processes 2; pid {folder}/nginx.pid; error_log {folder}/error.log info;
events {{ worker_connections 512; }}
http {{
    types {{ text/html html; text/javascript js; image/webp webp; }}
    default_type application/octet-stream;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    include {folder}/conf.d/*.conf;
}}
"""


@dataclass(frozen=True)
class Nginx:
    port: int
    inner_port: int
    folder: Path
    process: subprocess.Popen[bytes]

    @property
    def origin(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def access_log(self) -> str:
        return (self.folder / "access.log").read_text()

    @property
    def logs(self) -> str:
        """Everything that it wrote of anything."""
        return self.access_log + (self.folder / "error.log").read_text()


def rendered(template: Path, values: dict[str, str]) -> str:
    """As the image's entrypoint does it: only what the environment has is replaced. All of it must be known here."""
    text = template.read_text()
    assert set(names_in(text)) <= values.keys()
    return re.sub(r"\$\{(BUSK_\w+)\}", lambda found: values[found[1]], text)


def names_in(text: str) -> list[str]:
    return re.findall(r"\$\{(BUSK_\w+)\}", text)


@contextmanager
def nginx(*, web: str, livekit: str, port: int | None = None, media: Path | None = None) -> Iterator[Nginx]:
    """``web`` and ``livekit`` are host and port of the two behind it."""
    assert NGINX is not None
    port, inner_port = port or free_port(), free_port()
    with tempfile.TemporaryDirectory(prefix="busk-nginx-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # its workers are nobody when root runs the tests
        values = {
            "BUSK_PROXY_WEB": web,
            "BUSK_PROXY_LIVEKIT": livekit,
            "BUSK_PROXY_LISTEN": f"127.0.0.1:{port}",
            "BUSK_PROXY_INTERNAL_LISTEN": f"127.0.0.1:{inner_port}",
            "BUSK_PROXY_NAME": "127.0.0.1",
            "BUSK_PROXY_TLS_DIR": f"{folder}/no-tls",
            "BUSK_PROXY_ACCESS_LOG": f"{folder}/access.log",
            "BUSK_PROXY_CACHE_DIR": f"{folder}/cache",
            "BUSK_PROXY_MEDIA_DIR": str(media or folder),
            "BUSK_PROXY_DOOR_RATE": "1000r/s",
            "BUSK_PROXY_DOOR_BURST": "1000",
        }
        (folder / "conf.d").mkdir()
        (folder / "conf.d" / "busk.conf").write_text(rendered(TEMPLATES / "busk.conf.template", values))
        (folder / "nginx.conf").write_text(_AROUND.format(folder=folder))
        process = subprocess.Popen(
            [NGINX, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")]
        )
        front = Nginx(port, inner_port, folder, process)
        try:
            _wait_until_up(front)
            yield front
        finally:
            process.terminate()
            process.wait(10)


def _wait_until_up(front: Nginx) -> None:
    give_up_at = time.monotonic() + 10
    while time.monotonic() < give_up_at:
        assert front.process.poll() is None, (front.folder / "error.log").read_text()
        http = HTTPConnection("127.0.0.1", front.inner_port, timeout=1)
        try:
            http.request("GET", "/healthz")
            if http.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.02)
        finally:
            http.close()
    raise AssertionError("nginx did not start")
