"""One stream's numbering over all its runs of ffmpeg: what is published, in which order, under which number.

A slot is one second of the stream in every rendition at once, so all media playlists share their numbers and
players may change rendition at any segment. Numbers of slots and discontinuities only ever grow. The state is on disk
before anybody can read of a slot, so a killed server goes on where it was.
"""

import logging
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

logger = logging.getLogger(__name__)

STATE_NAME = "timeline.json"
# Seconds of picture a playlist offers, about; players start two or three segments from its end.
WINDOW_SLOTS = 12


class Variant(msgspec.Struct, frozen=True):
    """What the master playlist says of a rendition."""

    name: str
    width: int
    height: int
    codecs: str


class Piece(msgspec.Struct, frozen=True):
    """One rendition's file of a slot."""

    seconds: float
    size_bytes: int


class Slot(msgspec.Struct, frozen=True):
    """``index`` is ffmpeg's count within the run, so the file's name. Times are Unix time.

    ``at`` is that of its first picture. The key in its address is that of ``published_at``, and the key of its init
    segment that of ``run_published_at``, when its run's first slot was: so addresses never change.
    """

    number: int
    run: int
    discontinuity: int
    index: int
    at: float
    published_at: float
    run_published_at: float
    pieces: dict[str, Piece]

    @property
    def seconds(self) -> float:
        return max(piece.seconds for piece in self.pieces.values())


class Timeline(msgspec.Struct, frozen=True):
    """An immutable state; each change returns the next one. ``slots`` is the window, oldest first."""

    next_number: int = 0
    next_discontinuity: int = 0
    # The newest run that took a number, published or not, so that no folder is ever used twice.
    last_run: int = 0
    slots: tuple[Slot, ...] = ()
    variants: tuple[Variant, ...] = ()
    ended: bool = False

    def with_run(self) -> "Timeline":
        """The state after a new run took its number, ``last_run``."""
        return msgspec.structs.replace(self, last_run=self.last_run + 1)

    def with_slot(
        self, *, run: int, index: int, pieces: Mapping[str, Piece], variants: Sequence[Variant], now: float
    ) -> "Timeline":
        """The state after one more slot, which was written just now.

        The first slot of a run takes its time from the clock, and never one before the end of the slot ahead of it;
        the others follow on it without a hole, so that players can rely on the dates.
        """
        last = self.slots[-1] if self.slots else None
        follows = last is not None and last.run == run
        discontinuity = last.discontinuity if last is not None and follows else self.next_discontinuity
        ahead = last.at + last.seconds if last is not None else 0.0
        at = ahead if follows else max(ahead, now - max(piece.seconds for piece in pieces.values()))
        slot = Slot(
            number=self.next_number,
            run=run,
            discontinuity=discontinuity,
            index=index,
            at=at,
            published_at=now,
            run_published_at=last.run_published_at if last is not None and follows else now,
            pieces=dict(pieces),
        )
        return msgspec.structs.replace(
            self,
            next_number=self.next_number + 1,
            next_discontinuity=discontinuity + 1,
            slots=(*self.slots, slot)[-WINDOW_SLOTS:],
            variants=tuple(variants),
        )

    def with_end(self) -> "Timeline":
        return msgspec.structs.replace(self, ended=True)


def load(directory: Path) -> Timeline:
    """The state kept in a stream's folder, or the first one. Raises: msgspec.DecodeError."""
    try:
        return msgspec.json.decode((directory / STATE_NAME).read_bytes(), type=Timeline)
    except FileNotFoundError:
        return Timeline()


def load_or_restart(directory: Path, *, now: float) -> Timeline:
    """The state kept in a stream's folder; when that is unreadable, one whose numbers lie above all it had.

    A power cut, or another version of Busk, must not end a stream. No stream has a slot in each second since 1970.
    """
    try:
        return load(directory)
    except msgspec.DecodeError:
        logger.exception("%s cannot be read; the numbering goes on from the clock", directory / STATE_NAME)
        return Timeline(next_number=int(now), next_discontinuity=int(now), last_run=int(now))


def save(directory: Path, timeline: Timeline) -> None:
    """Replaces the kept state in one step: whoever reads, or is killed, sees the old or the new one, whole.

    It is not forced to the disk: after a power cut the viewers are gone as well.
    """
    draft = directory / f".{STATE_NAME}.{os.getpid()}"
    draft.write_bytes(msgspec.json.encode(timeline))
    draft.replace(directory / STATE_NAME)
