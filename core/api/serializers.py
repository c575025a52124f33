from typing import Self

from rest_framework import serializers
from rest_framework.request import Request


class ErrorOut(serializers.Serializer[object]):
    """Every error of the API."""

    code = serializers.CharField(help_text="Stable and meant for programs.")
    details = serializers.DictField(help_text="Data about this error; for invalid_input, messages by field.")


class QueryIn(serializers.Serializer[object]):
    """Query parameters. One that is there has to say something: `limit=` is a mistake, not an absence."""

    @classmethod
    def of(cls, request: Request) -> Self:
        """Raises: ValidationError."""
        asked = cls(data=request.query_params.dict())
        asked.is_valid(raise_exception=True)
        return asked
