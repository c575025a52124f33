from rest_framework import serializers


class ErrorOut(serializers.Serializer[object]):
    """Every error of the API."""

    code = serializers.CharField(help_text="Stable and meant for programs.")
    details = serializers.DictField(help_text="Data about this error; for invalid_input, messages by field.")
