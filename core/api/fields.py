from typing import Any

from rest_framework import serializers


class PlainCharField(serializers.CharField):
    """Text to look for: whatever no text of ours has in it (control characters) is taken for a space."""

    def to_internal_value(self, data: str) -> str:
        text: str = super().to_internal_value(data)
        return "".join(char if char.isprintable() else " " for char in text)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        # Before the validators look, one of which refuses NUL.
        if isinstance(data, str):
            data = data.replace("\0", " ")
        return super().run_validation(data)
