"""How old somebody is, as far as our rules need to know. The date of birth is asked once and never kept.

A band would be wrong after some years, so beside it stands the year in which the next one is certain on every day:
nobody is let in before their birthday, and some wait until the new year after it. It tells the year of birth, not the
day, and is forgotten once somebody is an adult. Nothing less would let the band go up by itself.
"""

from dataclasses import dataclass
from datetime import date

from django.db.models import Case, F, Q, Value, When

from accounts.models import AgeBand, User

LEAST_AGE, GREATEST_AGE = 13, 120
_BANDS = ((18, AgeBand.ADULT), (16, AgeBand.FROM_16), (LEAST_AGE, AgeBand.FROM_13))


@dataclass(frozen=True)
class Age:
    """What is kept of a date of birth."""

    band: AgeBand
    next_band_year: int | None


def years_between(born: date, today: date) -> int:
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def age_of(*, born: date, today: date) -> Age | None:
    """The band of somebody born then; None for who is younger than anybody may be here."""
    years = years_between(born, today)
    for least, band in _BANDS:
        if years >= least:
            following = {AgeBand.FROM_13: 16, AgeBand.FROM_16: 18}.get(band)
            return Age(band, born.year + following + 1 if following else None)
    return None


def bands_advance(*, today: date) -> int:
    """Move everybody whose next band is certain by now. Returns how many moved. Queries: 1 per band passed.

    May run any number of times, and after any pause.
    """
    moved = 0
    while now := User.objects.filter(next_band_year__lte=today.year).update(
        age_band=Case(
            When(age_band=AgeBand.FROM_13, then=Value(AgeBand.FROM_16)), default=Value(AgeBand.ADULT)
        ),
        next_band_year=Case(
            When(Q(age_band=AgeBand.FROM_13), then=F("next_band_year") + 2), default=Value(None)
        ),
    ):
        moved += now
    return moved
