"""Whether a text leads somewhere else: addresses with and without a scheme, also those that should not look like one.

An e-mail address is one too. What only could be one is none: a missing space after a full stop ("done.it was"), a
version, a file name. For endings that are words of the languages people chat in, the address has to show otherwise
that it is one: by "www.", a path, a digit or hyphen in its name, or by being well known.
"""

import re
from pathlib import Path

from moderation.terms.folding import Folded


def _listed(kind: str) -> frozenset[str]:
    """The words of ``endings.txt`` behind this word, as they are in a folded text."""
    lines = Path(__file__).with_name("data").joinpath("endings.txt").read_text("utf-8").splitlines()
    of_kind = [line.partition(":")[2] for line in lines if line.startswith(f"{kind}:")]
    return frozenset(Folded(" ".join(of_kind)).symbols.split())


# Endings that hardly anything else ends in.
_ENDINGS = _listed("sure")
# Endings that are words, or what files and versions end in, too.
_DOUBTFUL = _listed("doubtful")
# Short ones that everybody uses, and so do those who want to lead elsewhere.
_KNOWN = _listed("known")
_SCHEME = re.compile(
    r"(?<![a-z])(?:h(?:tt|xx)ps?|ftp|tg|magnet|discord|steam|javascript|data)\s?:\s?//?\s?\S|magnet:\?"
)
_WWW = re.compile(r"(?<![\w.])www\d?\s?\.\s?[\w-]{2,}")
_HOST = re.compile(r"(?<!\w)[^\W_][\w-]*+(?:\.[\w-]++)++")
_ADDRESS = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.]*\d)")
_DOT_WORDS = ("dot", "d0t", "punkt", "punto", "ponto", "point")
# "(dot)", "[.]", and a word for it between spaces.
_BRACKETED = re.compile(r"\s?[(\[{<]\s?(?:dot|d0t|punkt|punto|ponto|point|\.)\s?[)\]}>]\s?")
_SPOKEN = re.compile(
    r"(?<=\w)\s(?:dot|d0t|punkt|punto|ponto)\s(?=(?:com|net|org|tv|gg|io|xyz|info|co|ly)(?!\w))"
)
# "example .com"; but not "legal. com certeza".
_SPACED = re.compile(r"(?<=\w)\s\.\s?(?=(?:com|net|org|tv|gg|io|xyz|info)(?!\w))")
_INVITE = re.compile(r"(?<!\w)discord\s?gg\s?/\s?\w")
_DOTS = str.maketrans("。․﹒｡⸱ꓸ", "......")


def has_link(text: str | Folded) -> bool:
    """Queries: none."""
    folded = text if isinstance(text, Folded) else Folded(text)
    symbols = folded.symbols.translate(_DOTS)
    if any(word in symbols for word in _DOT_WORDS):
        symbols = _SPOKEN.sub(".", _BRACKETED.sub(".", symbols))
    if not any(sign in symbols for sign in ".:/"):
        return False
    symbols = _SPACED.sub(".", _BRACKETED.sub(".", symbols))
    return (
        bool(_SCHEME.search(symbols) or _WWW.search(symbols) or _INVITE.search(symbols))
        or any(_leads_away(symbols, match) for match in _HOST.finditer(symbols))
        or any(_is_address(symbols, match) for match in _ADDRESS.finditer(symbols))
    )


def _leads_away(symbols: str, host: "re.Match[str]") -> bool:
    labels = host[0].rstrip("-").split(".")
    ending = _ending(labels[-1])
    if "xn--" in host[0]:
        return True
    name = labels[-2]
    if ending in _ENDINGS:
        return True
    if ending not in _DOUBTFUL:
        return False
    after = symbols[host.end() : host.end() + 3]
    return (
        f"{name}.{ending}" in _KNOWN
        or bool(re.match(r"/\w|:\d\d", after))
        or symbols[host.start() - 1] == "@"
        or (not name.isdecimal() and bool(re.search(r"\d|\w-\w", name)))
    )


def _ending(label: str) -> str:
    """The ending of a name, also where writing without spaces goes on after it."""
    latin = re.match(r"[a-z]+(?=[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0eff\u1100-\u11ff])", label)
    return latin[0] if latin else label


def _is_address(symbols: str, match: "re.Match[str]") -> bool:
    """An IP address; a version has a "v" before it, or a number above 255."""
    return all(int(part) <= 255 for part in match[0].split(".")) and not symbols[: match.start()].endswith(
        ("v ", "version ")
    )
