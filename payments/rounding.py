"""The one place where money is divided. Everything else adds and subtracts whole minor units."""


def share(amount: int, part: int, whole: int) -> int:
    """``amount * part / whole``, half up, of nothing negative. Its twin in the database is ``payments_share``."""
    assert amount >= 0
    assert part >= 0
    assert whole > 0
    return (2 * amount * part + whole) // (2 * whole)


def share_between(amount: int, *, begin: int, end: int, whole: int) -> int:
    """What the pieces from ``begin`` to ``end``, of ``whole`` equal ones, have of ``amount``.

    Pieces that follow each other add up to their common share exactly, however they were cut, and all of them to the
    amount: what is rounded is always the distance from the start.
    """
    return share(amount, end, whole) - share(amount, begin, whole)
