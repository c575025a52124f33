"""A stub of a LiveKit server, for tests: no LiveKit can be installed where the suite runs.

It runs in this process, on a loop in a thread of its own, at a free port of the loopback. What it does, it does as
livekit-server 1.11.0 does it; ``tests/livekit/test_contract.py`` runs the same tests against both.

What it does:

- the Twirp API (`POST /twirp/livekit.<Service>/<Method>`, protobuf and JSON) of rooms, egress and ingress, with the
  grants of each method checked and errors in their shape;
- the handshake of `/rtc` and `/rtc/v1` with both `validate`s, and of `/whip/v1`: who gets in, who is refused by
  which status, who is thrown out by whom, what is said on the socket before it closes, renewed tokens;
- webhooks, signed, retried and dropped as the real ones are, and on request lost, doubled, swapped or late;
- rooms' timeouts and late counts, publishers who vanish, a server that is away, or comes back having forgotten.

What it does not: media. There are no offers, candidates or packets; who joined by a socket is JOINED, not ACTIVE,
unless ``media_flows`` is set, and a test says by itself who publishes what. No data packets are delivered, no
subscriptions kept, nothing is recorded and nothing is ingested. A refused join is not told to the others. Answers
that take the real one seconds ("no response from servers") come at once.

Time is the stub's own: it passes with the real, ``speed`` times as fast, and by ``pass_time``. Tokens are an
exception: they are checked against the wall clock, since the code under test made them by it.
"""

from tests.livekit.stub.rooms import Refused
from tests.livekit.stub.server import LiveKitStub
from tests.livekit.stub.twirp import TwirpError
from tests.livekit.stub.webhooks import SignedHook

__all__ = ["LiveKitStub", "Refused", "SignedHook", "TwirpError"]
