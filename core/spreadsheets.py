"""Files for spreadsheets: RFC 4180, with what people wrote as text and never as a formula."""

import csv
import io
from collections.abc import Iterable, Sequence

# What a spreadsheet would take for the beginning of a formula. Source:
# https://owasp.org/www-community/attacks/CSV_Injection
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def cell(text: str) -> str:
    """Text that people wrote, as text: with a quote before what a spreadsheet would calculate."""
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text


def lines(rows: Iterable[Sequence[str | int]]) -> bytes:
    file = io.StringIO()
    csv.writer(file, lineterminator="\r\n").writerows(rows)
    return file.getvalue().encode()
