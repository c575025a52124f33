"""What counts as an emote: emoji, in all the ways they are put together.

Source: https://www.unicode.org/reports/tr51/#EBNF_and_Regex. Python's ``re`` knows no properties, so the pictographs
are given by the blocks they stand in, without the enclosed letters that one could spell with.
"""

import re

_PICTOGRAPH = (
    "[\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u23ff\u24c2\u25a0-\u27bf\u2934\u2935\u2b00-\u2bff\u3030\u303d"
    "\u3297\u3299\U0001f000-\U0001f0ff\U0001f170\U0001f171\U0001f17e\U0001f17f\U0001f18e\U0001f191-\U0001f19a"
    "\U0001f201-\U0001f251\U0001f300-\U0001f3fa\U0001f400-\U0001f6ff\U0001f780-\U0001f7ff\U0001f900-\U0001faff]"
)
_TONE = "[\U0001f3fb-\U0001f3ff]"
_ELEMENT = f"{_PICTOGRAPH}(?:\ufe0f|{_TONE})?"
_FLAG = "[\U0001f1e6-\U0001f1ff]{2}"
# England, Scotland, Wales and others: a flag and the name of the place in invisible letters.
_PLACE = "\U0001f3f4[\U000e0061-\U000e007a]{3,6}\U000e007f"
_KEYCAP = "[0-9#*]\ufe0f?\u20e3"
_EMOTES = re.compile(f" *(?:(?:{_PLACE}|{_ELEMENT}(?:\u200d{_ELEMENT})*|{_FLAG}|{_KEYCAP}|{_TONE}) *)+")


def is_emotes(text: str) -> bool:
    """Whether there is nothing in the text but emoji and spaces."""
    return _EMOTES.fullmatch(text) is not None
