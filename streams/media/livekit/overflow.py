"""Who watches in the room and who by HLS, decided over numbers alone.

A room is one server's, so beyond a share of viewers newcomers get HLS. That takes seconds to begin, so it begins early;
and no border is crossed back at the number where it was crossed, or a room at its limit would go back and forth.
"""

from dataclasses import dataclass

from streams.media.errors import MediaFull
from streams.media.port import PlaybackKind

# Of the limit: where the bridge begins and ends, and where newcomers may enter the room again.
BRIDGE_FROM, BRIDGE_UNTIL, ROOM_AGAIN = 0.7, 0.5, 0.8


@dataclass(frozen=True)
class Load:
    """``seats`` are viewers in the room or on their way there; ``audience`` is everybody who watches."""

    seats: int
    audience: int


@dataclass(frozen=True)
class Overflow:
    """``bridge``: HLS is wanted, or still. ``full``: newcomers have to take it."""

    bridge: bool = False
    full: bool = False


@dataclass(frozen=True)
class Choice:
    kind: PlaybackKind
    kinds: tuple[PlaybackKind, ...]


def step(now: Overflow, load: Load, *, limit: int) -> Overflow:
    """The state that follows on ``now``.

    Who watches by HLS keeps the bridge up: were it taken down over them, they would all come into the room at once.
    """
    stays = now.bridge and max(load.seats, load.audience) >= BRIDGE_UNTIL * limit
    bridge = stays or load.seats >= BRIDGE_FROM * limit
    full = load.seats >= limit or (now.full and load.seats >= ROOM_AGAIN * limit)
    return Overflow(bridge=bridge, full=bridge and full)


def choose(
    *,
    ready: bool,
    full: bool,
    seats: int,
    limit: int,
    capacity: int,
    wanted: PlaybackKind | None = None,
    newcomer: bool = True,
) -> Choice:
    """How somebody watches now, in the wanted way if there is a choice. ``ready``: there is HLS to be had.

    Whoever was in the room comes back to it, as long as the server has room. Without HLS the room takes everybody, up
    to ``capacity``. Raises: MediaFull.
    """
    if ready and (seats >= capacity or (newcomer and (full or seats >= limit))):
        return Choice("hls", ("hls",))
    if seats >= capacity:
        raise MediaFull(limit=capacity)
    kinds: tuple[PlaybackKind, ...] = ("webrtc", "hls") if ready else ("webrtc",)
    return Choice(wanted if wanted in kinds else kinds[0], kinds)
