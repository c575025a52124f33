"""Benchmarks with their bars and peers: `make bench NAME=room` runs the package ``bench.room``."""

import sys


class Report:
    """Prints one line per figure, `name value unit bar`, and remembers whether a bar was missed."""

    def __init__(self) -> None:
        self.missed = 0

    def line(
        self,
        name: str,
        value: float,
        unit: str,
        *,
        at_most: float | None = None,
        at_least: float | None = None,
    ) -> None:
        held, bar = True, "-"
        if at_most is not None:
            held, bar = value <= at_most, f"<={at_most:g}"
        elif at_least is not None:
            held, bar = value >= at_least, f">={at_least:g}"
        self.missed += not held
        print(f"{name} {value:.4g} {unit} {bar}{'' if held else ' MISSED'}", flush=True)

    def finish(self) -> None:
        """End the benchmark; the exit code is 1 when a bar was missed."""
        sys.exit(1 if self.missed else 0)
