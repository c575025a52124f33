"""Encoders meet a stand-in for LiveKit that speaks as the real one does."""

from collections.abc import Callable, Iterator

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.models import User
from streams import media
from streams.keys import stream_key_reset
from streams.media.livekit.client import engine
from tests.livekit.stub import LiveKitStub

OFFER = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1\r\n" + "".join(
    f"m={kind} 9 UDP/TLS/RTP/SAVPF {payload}\r\na=mid:{mid}\r\na=ice-ufrag:abcd\r\na=rtpmap:{payload} {codec}\r\n"
    for mid, (kind, payload, codec) in enumerate(
        [("audio", 111, "opus/48000/2"), ("video", 96, "H264/90000")]
    )
)


@pytest.fixture
def livekit(settings: Settings) -> Iterator[LiveKitStub]:
    """The media server of the settings, empty at first."""
    with LiveKitStub(media_flows=True) as stub:
        settings.LIVEKIT_URL, settings.LIVEKIT_PUBLIC_URL = stub.url, stub.ws_url
        settings.LIVEKIT_API_KEY, settings.LIVEKIT_API_SECRET = stub.key, stub.secret
        media.backend.cache_clear()
        engine.cache_clear()
        yield stub
        engine().close()
    media.backend.cache_clear()
    engine.cache_clear()


class Encoder:
    """OBS, as far as HTTP goes."""

    def __init__(self, key: str, *, as_bearer: bool = False) -> None:
        self.key = key
        self._client = Client(enforce_csrf_checks=True)
        self._headers = {"Authorization": f"Bearer {key}"} if as_bearer else {}
        self._path = "/whip" if as_bearer else f"/whip/{key}"
        self.session = ""

    def start(self, offer: str = OFFER, kind: str = "application/sdp"):
        answer = self._client.post(self._path, offer, content_type=kind, headers=self._headers)
        self.session = answer.headers.get("Location", "")
        return answer

    def trickle(self, etag: str, fragment: str = "a=candidate:1 1 udp 1 127.0.0.1 9 typ host\r\n"):
        kind = "application/trickle-ice-sdpfrag"
        headers = {**self._headers, "If-Match": etag}
        return self._client.patch(self.session, fragment, content_type=kind, headers=headers)

    def stop(self):
        return self._client.delete(self.session, headers=self._headers)

    @property
    def participant(self) -> str:
        """The engine's name of its session."""
        return self.session.rpartition("/")[2]


@pytest.fixture
def encoder_of(db: None) -> Callable[..., Encoder]:
    """Somebody's encoder, which shows their newest stream key."""

    def make(user: User, *, as_bearer: bool = False) -> Encoder:
        return Encoder(stream_key_reset(creator=user)[1], as_bearer=as_bearer)

    return make
