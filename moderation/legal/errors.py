"""Why notices and counter-notices are refused."""

from core.errors import Conflict


class NoticeImpossible(Conflict):
    """``details.reason``: ``no_case`` (nothing of ours at its address), ``state`` (it is past that)."""

    code = "notice_impossible"
