"""LiveKit for tests: the stub, wherever a test asks for it."""

from collections.abc import Iterator

import pytest

from tests.livekit.stub import LiveKitStub


@pytest.fixture
def livekit_stub() -> Iterator[LiveKitStub]:
    """A stub that listens, as a server with our configuration does: rooms are made by us only."""
    with LiveKitStub() as stub:
        yield stub
