from core.errors import InvalidInput


class EmptyMessage(InvalidInput):
    """Nothing is left once invisible characters are taken away."""

    code = "empty"


class MessageTooLong(InvalidInput):
    """``details`` has the ``limit`` and the ``length``, both in characters."""

    code = "too_long"
