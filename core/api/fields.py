from typing import Any

from rest_framework import serializers


class PlainCharField(serializers.CharField):
    """Text that a search folds or a service cleans: NUL, which PostgreSQL takes nowhere, is a space, and no mistake."""

    def run_validation(self, data: Any = serializers.empty) -> Any:
        # Before the validators look, one of which refuses NUL.
        if isinstance(data, str):
            data = data.replace("\0", " ")
        return super().run_validation(data)
