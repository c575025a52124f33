"""The Busk that is measured: ``python -m bench.moderation.server PORT``, as in ``bench.room.server``.

Obeys also ``moderated``, ``bare`` and ``unjudged``: what holds for the lines from then on.
"""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from bench.moderation.messages import terms
from bench.room import server

TERMS, AUTOMOD_LEVEL = 1_000, 2
STRICT: dict[str, Any] = {
    "slow_seconds": None,
    "followers_minutes": 0,
    "emote_only": False,
    "links": "hold",
    "automod_level": AUTOMOD_LEVEL,
}
OPEN: dict[str, Any] = {
    "slow_seconds": None,
    "followers_minutes": None,
    "emote_only": False,
    "links": "allow",
    "automod_level": 0,
}


class ModeratedBench(server.Bench):
    """A live stream whose chat is as strict as it was told last. Those who write follow the channel."""

    def __init__(self) -> None:
        super().__init__()
        from chat import lines

        self.creator = self.person("bench-creator")
        # In the product nothing switches the judging off; here its three names in the chat are others' for a while.
        self._judging = {name: getattr(lines, name) for name in ("judge", "findings_ahead", "findings_now")}
        self.do_bare()

    def do_passes(self, viewers: int, senders: int) -> list[str]:
        from accounts.models import Follow

        passes = super().do_passes(viewers, senders)
        with _connected():
            for number in range(senders):
                Follow.objects.get_or_create(
                    follower=self.person(f"bench-sender-{number}"), creator=self.creator
                )
        return passes

    def do_moderated(self) -> dict[str, int]:
        """1,000 terms, links held, automod at 2, followers only."""
        self._judge_by(self._judging)
        return {"terms": self._rules(STRICT, terms(TERMS))}

    def do_bare(self) -> dict[str, int]:
        """No terms and no rules, decided upon all the same."""
        self._judge_by(self._judging)
        return {"terms": self._rules(OPEN, [])}

    def do_unjudged(self) -> dict[str, int]:
        """No rules, and nobody decides: what is sent is said."""
        self._judge_by(
            {"judge": _say_all, "findings_ahead": lambda *_: None, "findings_now": lambda *_: None}
        )
        return {"terms": self._rules(OPEN, [])}

    def _rules(self, modes: dict[str, Any], listed: list[str]) -> int:
        from moderation.modes.services import modes_set
        from moderation.terms.models import Term
        from moderation.terms.services import terms_paste

        with _connected():
            Term.objects.filter(channel=self.creator).delete()
            added = terms_paste(actor=self.creator, channel=self.creator, lines=listed).added
            modes_set(actor=self.creator, channel=self.creator, **modes)
        return len(added)

    def _judge_by(self, names: dict[str, Any]) -> None:
        from chat import lines

        for name, function in names.items():
            setattr(lines, name, function)


def _say_all(*, lines: Sequence[Any], **_room: Any) -> list[Any]:
    from moderation.lines import Verdict

    return [Verdict(kind="say", text=line.text, role="viewer") for line in lines]


@contextmanager
def _connected() -> Iterator[None]:
    from django.db import connection

    try:
        yield
    finally:
        connection.close()


if __name__ == "__main__":
    server.main(int(sys.argv[1]), ModeratedBench)
