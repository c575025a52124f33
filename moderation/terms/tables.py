"""What each character is read as. Each table folds a character without a look at its neighbours."""

import unicodedata
from pathlib import Path

# So many characters are folded once and kept; more different ones are not in any chat.
_MOST_KEPT = 20_000
_LIGATURES = {
    "æ": "ae",
    "œ": "oe",
    "þ": "th",
    "ꜳ": "aa",
    "ꜵ": "ao",
    "ꜷ": "au",
    "ꝏ": "oo",
    "ʤ": "dz",
    "ʦ": "ts",
}
# Letters that show as nothing.
_HANGUL_FILLERS = "\u115f\u1160\u3164\uffa0"
SKIN_TONES = "\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff"
_NOTHING_ALONE = _HANGUL_FILLERS + SKIN_TONES


def _look_alikes() -> dict[str, str]:
    lines = Path(__file__).with_name("data").joinpath("look_alikes.txt").read_text("utf-8").splitlines()
    return {char: line[0] for line in lines for char in line[2:]} | _LIGATURES


class _Table(dict[int, str]):
    """For ``str.translate``: folds each character when it is met for the first time."""

    def __missing__(self, code: int) -> str:
        folded = self.folded(chr(code))
        if len(self) < _MOST_KEPT:
            self[code] = folded
        return folded

    def folded(self, char: str) -> str:
        raise NotImplementedError


class _Folding(_Table):
    """From what was typed to ``symbols``."""

    def __init__(self) -> None:
        self._look_alikes = _look_alikes()

    def folded(self, char: str) -> str:
        """Never depends on the neighbours, so that the way back is known for each character."""
        if char.isspace() or char == "\u2800":
            return " "
        if (
            "\uac00" <= char <= "\ud7a3"
        ):  # syllables of Hangul, whose parts are no letters to those who read it
            return char
        whole = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", char).casefold())
        return "".join(self._look_alikes.get(part, part) for part in whole if not _is_dropped(part))


class _Words(_Table):
    """From ``symbols`` to ``words``: what is neither letter nor digit is a space."""

    def folded(self, char: str) -> str:
        return char if unicodedata.category(char)[0] in "LNM" else " "


class _Tricks(_Words):
    """From ``symbols`` to ``tricks``: what is meant by a digit, a sign, or a letter of another alphabet."""

    # Letters that are themselves in their own language, and a Latin one in the middle of Latin ones.
    ALIKE = (
        dict(zip("бвгзийкмнптцчщшыьэя", "bbreuukmhntu4wwbber", strict=True))
        | dict(zip("βγδεζηθκλμνπστυχω", "bydeznoklunnotuxw", strict=True))
        | {"ς": "s", "л": "n", "д": "d", "ж": "x", "ф": "o"}
    )
    LEET = dict(zip("0123456789@$€£", "oizeasgtbgasel", strict=True))
    # Not told apart here: "fa1l" may be either.
    SAME = {"l": "i"}

    def folded(self, char: str) -> str:
        char = self.ALIKE.get(char, char)
        char = self.LEET.get(char, char)
        return super().folded(self.SAME.get(char, char))


def _is_dropped(char: str) -> bool:
    """Accents, points and strokes over letters; joiners, selectors and other characters that show as nothing.

    Vowels and other signs that make another word in their script (Devanagari, Thai, Japanese) stay.
    """
    category = unicodedata.category(char)
    if category == "Mn":
        mark, code = unicodedata.combining(char), ord(char)
        accent = mark == 1 or 10 <= mark <= 36 or mark > 200
        return accent or 0xFE00 <= code <= 0xFE0F or 0xE0100 <= code <= 0xE01EF or code == 0x034F
    return category in {"Cf", "Cc", "Cs", "Me"} or char in _NOTHING_ALONE


class _Shapes(_Table):
    """From ``symbols`` to kinds: "a" a letter, "0" what may stand for one, "-" what may part two."""

    KINDS = (
        dict.fromkeys("@$€£", "0") | dict.fromkeys("!|", "!") | dict.fromkeys("._-~+=·•", "-") | {"*": "*"}
    )

    def folded(self, char: str) -> str:
        if char.isdigit():
            return "0"
        kind = unicodedata.category(char)[0]
        return self.KINDS.get(char) or ("a" if kind in "LNM" else " " if kind == "Z" else ",")


class _Letters(_Table):
    """From ``words`` to "a" for all that is no space."""

    def folded(self, char: str) -> str:
        return " " if char == " " else "a"


FOLDING, WORDS, TRICKS, SHAPES, LETTERS = _Folding(), _Words(), _Tricks(), _Shapes(), _Letters()
for _table in (WORDS, TRICKS, SHAPES, LETTERS):  # so that the fast way through ASCII has nothing to ask
    _table.update({_code: _table.folded(chr(_code)) for _code in range(128)})
