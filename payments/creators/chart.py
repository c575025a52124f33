"""The days as a picture: one bar a day, what each source brought on top of each other."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from payments.creators.figures import DayFigures, Figures, total_of
from payments.models import EarningSource

WIDTH, HEIGHT = 720, 180
GAP = 0.2


@dataclass(frozen=True)
class Part:
    """A piece of a bar, in units of the picture, from the top left."""

    source: str
    x: str
    y: str
    width: str
    height: str


@dataclass(frozen=True)
class Day:
    day: date
    by_source: dict[EarningSource, Figures]
    parts: Sequence[Part] = ()

    @property
    def total(self) -> Figures:
        return total_of(self.by_source.values())


@dataclass(frozen=True)
class Chart:
    """``most`` is what the highest bar stands for, in minor units."""

    days: Sequence[Day]
    most: int

    @property
    def view_box(self) -> str:
        return f"0 0 {WIDTH} {HEIGHT}"


def chart_of(found: Sequence[DayFigures], *, since: date, until: date) -> Chart:
    """Every day of the period, also those without anything. What is shown is what the creator kept."""
    by_day: dict[date, dict[EarningSource, Figures]] = {
        since + timedelta(days=n): {} for n in range((until - since).days + 1)
    }
    for day, source, figures in found:
        by_day[day][source] = figures
    most = max((_height(sources) for sources in by_day.values()), default=0)
    width = WIDTH / max(len(by_day), 1)
    days = [
        Day(day, sources, _parts(sources, most=most, x=place * width, width=width))
        for place, (day, sources) in enumerate(by_day.items())
    ]
    return Chart(days, most)


def _height(sources: dict[EarningSource, Figures]) -> int:
    return sum(max(figures.kept, 0) for figures in sources.values())


def _parts(sources: dict[EarningSource, Figures], *, most: int, x: float, width: float) -> list[Part]:
    parts, top = [], float(HEIGHT)
    for source in EarningSource:
        kept = max(sources[source].kept, 0) if source in sources else 0
        if kept:
            height = kept / most * HEIGHT
            top -= height
            parts.append(Part(source.value, *map(_n, (x + width * GAP / 2, top, width * (1 - GAP), height))))
    return parts


def _n(number: float) -> str:
    """As a picture wants it, whatever the language of the page."""
    return f"{number:.2f}"
