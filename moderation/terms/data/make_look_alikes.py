"""Writes ``look_alikes.txt``: which letters are read as a Latin one.

Run by hand when Unicode has changed: ``uv run --with confusable-homoglyphs==3.3.1 python -m
moderation.terms.data.make_look_alikes``. That package brings Unicode's own table.
Source: https://www.unicode.org/reports/tr39/#Confusable_Detection (Unicode License v3).
"""

import re
import string
import sys
import unicodedata
from collections import defaultdict
from importlib import import_module
from pathlib import Path

FILE = Path(__file__).with_name("look_alikes.txt")
# Scripts that people write in, where few letters look like Latin ones: folding more would make different words one.
# What is left out here counts within words that mix scripts (``folding.GENEROUS``).
ONLY = {"CYRILLIC": "аеорсухіѕјԁһԛԝѵ", "GREEK": "αιορ"}
# Scripts in which somebody's ordinary word would become a Latin one.
NEVER = {
    "HEBREW", "ARABIC", "GEORGIAN", "ETHIOPIC", "HANGUL", "CJK", "KATAKANA", "HIRAGANA", "BOPOMOFO", "THAI", "LAO",
    "MYANMAR", "KHMER", "DEVANAGARI", "BENGALI", "GURMUKHI", "GUJARATI", "ORIYA", "TAMIL", "TELUGU", "KANNADA",
    "MALAYALAM", "SINHALA", "TIBETAN", "MONGOLIAN", "SYRIAC", "THAANA", "NKO",
}  # fmt: skip
# Letters that are a Latin one with something, or a Latin one in another shape, by their names.
NAMED = re.compile(
    r"LATIN SMALL LETTER ([A-Z])( WITH .*)?"
    r"|LATIN LETTER SMALL CAPITAL ([A-Z])"
    r"|LATIN SMALL LETTER (?:SCRIPT|BLACKLETTER|OPEN|REVERSED|TURNED|DOTLESS|LONG|INSULAR) ([A-Z])( WITH .*)?"
    r"|(?:NEGATIVE )?(?:CIRCLED|SQUARED) LATIN CAPITAL LETTER ([A-Z])"
    r"|REGIONAL INDICATOR SYMBOL LETTER ([A-Z])"
)


def main() -> None:
    found: dict[str, str] = {}
    confusables = import_module("confusable_homoglyphs.confusables").confusables_data
    for latin in string.ascii_lowercase:
        for other in confusables[latin]:
            char = other["c"].strip("\u200e")
            if len(char) == 1 and _counts(char):
                found.setdefault(char, latin)
    for code in range(0x80, sys.maxunicode + 1):
        named = NAMED.fullmatch(unicodedata.name(chr(code), ""))
        if named:
            found[chr(code)] = next(group for group in named.groups() if group and len(group) == 1).lower()
    lines: dict[str, list[str]] = defaultdict(list)
    for char, latin in sorted(found.items()):
        folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", char).casefold())
        if folded == char:  # others are looked up by what they fold to
            lines[latin].append(char)
    FILE.write_text("".join(f"{latin} {''.join(chars)}\n" for latin, chars in sorted(lines.items())))


def _counts(char: str) -> bool:
    script = unicodedata.name(char, "").split(" ")[0]
    if char.isascii() or script in NEVER or not unicodedata.category(char).startswith("L"):
        return False
    return char in ONLY.get(script, char)


if __name__ == "__main__":
    main()
