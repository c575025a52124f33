"""``make bench NAME=moderation``: what looking through a message costs, and what it adds in a room of a thousand.

The second is told in ``bench.moderation.room``. The first is the whole filter, beside an alternation of the same terms:
folding, 1,000 terms of the channel, as many for everywhere, links, automod at its strictest. The peer finds what is
written exactly as the term is, in any case, and nothing else. Each is measured in turn, and the best of ROUNDS counts:
what else the machine does only ever adds. Lines are ``name value unit bar``.
"""

import os
import re
import time
from collections.abc import Callable
from functools import partial
from uuid import UUID

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")
django.setup()

from bench import Report  # noqa: E402
from bench.moderation import room  # noqa: E402
from bench.moderation.messages import messages, terms  # noqa: E402
from moderation.terms import automod  # noqa: E402
from moderation.terms.folding import Folded  # noqa: E402
from moderation.terms.links import has_link  # noqa: E402
from moderation.terms.matching import Filter  # noqa: E402
from moderation.terms.searching import Entry, Terms  # noqa: E402

MESSAGES, TERMS, ROUNDS = 2_000, 1_000, 7
# Over and over, against a list with "*a*" on it.
HOSTILE = ("a", "a ", "a.", "8a", "а1", "a*", "!a", "ab.c ", "🔥a", "a-a", "www.", "1.1.", "(dot)", "ﷺ")
KINDS = ("english", "german", "russian", "japanese", "emoji", "tricks")


def main() -> None:
    report = Report()
    listed = terms(TERMS)
    ours = whole_filter(listed, terms(TERMS, seed=3))
    peer = alternation(listed)
    mixed = messages(MESSAGES)
    results = best_of({"ours": lambda: cost(ours, mixed), "peer": lambda: cost(peer, mixed)})
    report.line("filter.mixed.length", sum(map(len, mixed)) / len(mixed), "characters")
    report.line("filter.mixed.ours", results["ours"], "us", at_most=50)
    report.line("filter.mixed.alternation", results["peer"], "us")
    report.line("filter.mixed.times_as_fast", results["peer"] / results["ours"], "x")
    for kind in KINDS:
        texts = messages(MESSAGES // 4, kind=kind)
        found = best_of({"ours": partial(cost, ours, texts)})
        report.line(f"filter.{kind}.ours", found["ours"], "us")
    longest = [(text * 500)[:500] for text in messages(50)]
    report.line("filter.500_characters.ours", best_of({"ours": lambda: cost(ours, longest)})["ours"], "us")
    report.line("filter.slowest_of_the_mix", slowest(ours, mixed), "us")
    hostile = whole_filter([*listed, "*a*", "*8*"], [])
    report.line("filter.made_to_be_slow", slowest(hostile, [(text * 500)[:500] for text in HOSTILE]), "us")
    started = time.perf_counter()
    Terms(entries(listed))
    report.line("list.made_ready", (time.perf_counter() - started) * 1e3, "ms")
    room.measure(report)
    report.finish()


def whole_filter(of_channel: list[str], everywhere: list[str]) -> Callable[[str], object]:
    lists = Filter(Terms(entries(of_channel)), Terms(entries(everywhere)))

    def look(text: str) -> object:
        folded = Folded(text)
        return lists.look(folded), has_link(folded), automod.look(folded, automod.LEVEL_MOST)

    return look


def alternation(listed: list[str]) -> Callable[[str], object]:
    words = "|".join(
        re.escape(term.rstrip("*")) + ("" if term.endswith("*") else r"(?!\w)") for term in listed
    )
    return re.compile(rf"(?<!\w)(?:{words})", re.IGNORECASE).search


def entries(listed: list[str]) -> list[Entry]:
    return [Entry(UUID(int=place), text, "block") for place, text in enumerate(listed)]


def best_of(runs: dict[str, Callable[[], float]]) -> dict[str, float]:
    """Each in turn, ROUNDS times."""
    best: dict[str, float] = {}
    for _ in range(ROUNDS):
        for name, run in runs.items():
            best[name] = min(run(), best.get(name, float("inf")))
    return best


def cost(look: Callable[[str], object], texts: list[str]) -> float:
    """Microseconds of CPU for one message."""
    started = time.process_time()
    for text in texts:
        look(text)
    return (time.process_time() - started) / len(texts) * 1e6


def slowest(look: Callable[[str], object], texts: list[str]) -> float:
    """The message that takes longest, by the fastest of its runs."""
    return max(min(cost(look, [text]) for _ in range(ROUNDS)) for text in texts)


if __name__ == "__main__":
    main()
