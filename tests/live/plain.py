"""A page that does nothing but watch with livekit-client, to compare ours with."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from config.embedded.postgres import CHECKOUT

SCRIPT = CHECKOUT / "frontend" / "node_modules" / "livekit-client" / "dist" / "livekit-client.umd.js"
PAGE = b"""<!doctype html>
<title>plain</title>
<video muted autoplay playsinline style="width: 960px"></video>
<script src="/livekit-client.js"></script>
<script>
const { url, token } = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
const room = new LivekitClient.Room({ adaptiveStream: true, dynacast: true });
room.on("trackSubscribed", (track) => {
  if (track.kind === "video") track.attach(document.querySelector("video"));
});
room.connect(url, token);
</script>
"""
# When the first picture was drawn, in milliseconds since the page began to load; of any page.
REMEMBER_FIRST_PICTURE = """
(() => {
  const seen = new WeakSet();
  const look = () => {
    for (const video of document.querySelectorAll("video")) {
      if (seen.has(video)) continue;
      seen.add(video);
      video.requestVideoFrameCallback((now) => (window.firstPictureAt ??= now));
    }
    if (!window.firstPictureAt) setTimeout(look, 5);
  };
  look();
})();
"""


@contextmanager
def plain_page() -> Iterator[str]:
    """Its address; what to connect to goes behind the #, as ``url`` and ``token``."""
    files = {"/": (PAGE, "text/html"), "/livekit-client.js": (SCRIPT.read_bytes(), "text/javascript")}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content, kind = files.get(self.path, (b"", "text/plain"))
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            if kind == "text/javascript":
                self.send_header("Cache-Control", "max-age=3600, immutable")
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
