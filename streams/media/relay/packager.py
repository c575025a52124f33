"""Turns the files that ffmpeg leaves in a stream's folder into the stream's timeline. All calls block on the disk."""

import shutil
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from . import boxes, timeline
from .ffmpeg import INIT_NAME, PLAYLIST_NAME, SEGMENT_PATTERN
from .playlists import segments_written
from .timeline import Piece, Timeline, Variant

# A viewer who loaded the last playlist that names a run may still ask for its segments.
_RUN_KEPT_SECONDS = 40


class RunShelf:
    """One run's folder: which of its slots are whole, that is written in every rendition."""

    def __init__(self, directory: Path, *, number: int, renditions: Sequence[str]) -> None:
        self.number = number
        self._directory = directory / f"run-{number}"
        self._renditions = renditions
        self._listed: dict[str, tuple[int, dict[int, float]]] = {}
        self._variants: tuple[Variant, ...] = ()

    def whole_after(self, index: int) -> list[tuple[int, dict[str, Piece]]]:
        """The whole slots with a higher index than given, oldest first."""
        listed = [self._segments(rendition) for rendition in self._renditions]
        ready = sorted(set(listed[0]).intersection(*listed[1:]))
        found = []
        for at in ready:
            if at <= index:
                continue
            try:
                pieces = {
                    rendition: Piece(seconds[at], self._file(rendition, SEGMENT_PATTERN % at).stat().st_size)
                    for rendition, seconds in zip(self._renditions, listed, strict=True)
                }
            except FileNotFoundError:  # ffmpeg has deleted it already: this reader was far behind
                continue
            found.append((at, pieces))
        return found

    def variants(self) -> tuple[Variant, ...]:
        """What each rendition's init segment says. Call it once a slot is whole; init segments come before."""
        if not self._variants:
            self._variants = tuple(self._variant(rendition) for rendition in self._renditions)
        return self._variants

    def _variant(self, rendition: str) -> Variant:
        tracks = boxes.tracks(self._file(rendition, INIT_NAME).read_bytes()) or []
        video = next(track for track in tracks if track.kind == "video")
        return Variant(rendition, video.width, video.height, boxes.codec_string(video))

    def _segments(self, rendition: str) -> dict[int, float]:
        playlist = self._file(rendition, PLAYLIST_NAME)
        try:
            changed = playlist.stat().st_mtime_ns
            if rendition not in self._listed or self._listed[rendition][0] != changed:
                segments = {
                    written.index: written.seconds for written in segments_written(playlist.read_text())
                }
                self._listed[rendition] = changed, segments
        except FileNotFoundError:
            return {}
        return self._listed[rendition][1]

    def _file(self, rendition: str, name: str) -> Path:
        return self._directory / rendition / name


class Packager:
    """The one writer of a stream's folder. Not thread-safe: its owner calls one method at a time."""

    def __init__(
        self, directory: Path, *, renditions: Sequence[str], clock: Callable[[], float] = time.time
    ) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.directory = directory
        self.timeline: Timeline = timeline.load_or_restart(directory, now=clock())
        self._renditions = tuple(renditions)
        self._clock = clock
        # The last run of a server that was killed may have left whole segments that nobody has numbered yet.
        self._shelf = RunShelf(directory, number=self.timeline.last_run, renditions=self._renditions)
        self._left_behind: dict[int, float] = {}

    def start_run(self) -> Path:
        """Numbers a new run and makes its folders; what the run before it left whole is published first."""
        self.collect()
        self._keep(self.timeline.with_run())
        self._shelf = RunShelf(self.directory, number=self.timeline.last_run, renditions=self._renditions)
        run = self.directory / f"run-{self.timeline.last_run}"
        for rendition in self._renditions:
            (run / rendition).mkdir(parents=True)
        self._delete_old_runs()
        return run

    def collect(self) -> int:
        """Publishes the slots that became whole since the last call; returns how many."""
        newest = self.timeline.slots[-1] if self.timeline.slots else None
        taken = newest.index if newest is not None and newest.run == self._shelf.number else -1
        slots = self._shelf.whole_after(taken)
        following = self.timeline
        for index, pieces in slots:
            following = following.with_slot(
                run=self._shelf.number,
                index=index,
                pieces=pieces,
                variants=self._shelf.variants(),
                now=self._clock(),
            )
        if slots:
            self._keep(following)
            self._delete_old_runs()
        return len(slots)

    def end(self) -> None:
        """Publishes what is left and closes the timeline for good."""
        self.collect()
        self._keep(self.timeline.with_end())

    def _keep(self, following: Timeline) -> None:
        # On disk first: a number that anybody has seen is never given again.
        timeline.save(self.directory, following)
        self.timeline = following

    def _delete_old_runs(self) -> None:
        listed = {slot.run for slot in self.timeline.slots} | {self.timeline.last_run}
        for run in self.directory.glob("run-*"):
            number = int(run.name.removeprefix("run-"))
            if number in listed:
                continue
            left_at = self._left_behind.setdefault(number, self._clock())
            if self._clock() - left_at >= _RUN_KEPT_SECONDS:
                shutil.rmtree(run, ignore_errors=True)
                self._left_behind.pop(number, None)
