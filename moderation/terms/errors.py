"""Why a term is not taken."""

from core.errors import Conflict


class TermExists(Conflict):
    """The list has one that finds the same: the ``term`` with its ``action``."""

    code = "term_exists"


class TooManyTerms(Conflict):
    """The list may have ``most``, and has room for ``left`` more."""

    code = "too_many_terms"
