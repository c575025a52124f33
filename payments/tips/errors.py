from core.errors import InvalidInput


class TipMessageTooLong(InvalidInput):
    """``details`` has the ``limit`` of a tip of this amount and the ``length``, both in characters."""

    code = "too_long"
