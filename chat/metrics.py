"""What becomes of the lines that people write."""

from prometheus_client import Counter

LINES = Counter("busk_chat_lines", "Lines by what became of them.", ["outcome"])
ACCEPTED, REPEATED, HELD, REFUSED = (
    LINES.labels(outcome) for outcome in ("accepted", "repeated", "held", "refused")
)
