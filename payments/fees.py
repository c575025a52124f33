"""The one fee rule for tips and tickets: the platform's percent, and what processing really took."""

from dataclasses import dataclass

from django.conf import settings

from payments.rounding import share
from payments.terms import Terms


@dataclass(frozen=True)
class Split:
    """Who gets what of a payment, in its minor units. ``creator`` may be negative where a price is too low."""

    gross: int
    platform: int
    processing: int

    @property
    def creator(self) -> int:
        return self.gross - self.platform - self.processing


def split(*, gross: int, processing: int) -> Split:
    """By what the provider took, or by ``Terms.processing`` as long as that is not known."""
    return Split(gross, share(gross, settings.FEE_PERCENT, 100), processing)


def split_expected(*, gross: int, terms: Terms) -> Split:
    """What a buyer is shown before they pay, and the creator too."""
    return split(gross=gross, processing=terms.processing(gross))
