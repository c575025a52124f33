"""Pages by position: each goes on after the last row of the one before, however many rows come and go meanwhile."""

import base64
import binascii
import json
from collections.abc import Sequence
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import DateTimeField, Field, Model, Q, QuerySet
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.utils.urls import remove_query_param, replace_query_param

from core.api.serializers import QueryIn
from core.errors import InvalidInput

PAGE_SIZE, PAGE_SIZE_MAX = 24, 100
_CURSOR_MAX = 500
_LARGEST = 2**63 - 1

Row = TypeVar("Row", bound=Model)


class PageIn(QueryIn):
    """The query parameters of every list."""

    cursor = serializers.CharField(
        required=False,
        max_length=_CURSOR_MAX,
        help_text="Where to go on; comes in `next` and `previous`, is not made by hand.",
    )
    limit = serializers.IntegerField(
        required=False,
        min_value=1,
        max_value=PAGE_SIZE_MAX,
        help_text=f"Rows a page; {PAGE_SIZE} if not said.",
    )


class CursorPagination:
    """One page of an ordered queryset, whose order ends in something unique. Queries: 1. Raises: InvalidInput."""

    page_size = PAGE_SIZE

    def paginate_queryset(self, queryset: QuerySet[Row], request: Request, view: object = None) -> list[Row]:
        asked = PageIn.of(request)
        size = asked.validated_data.get("limit", self.page_size)
        self._url = request.build_absolute_uri()
        self._order = [str(name) for name in queryset.query.order_by]
        assert self._order, "a page needs an order"
        cursor = asked.validated_data.get("cursor")
        backwards, after = self._decoded(cursor, queryset) if cursor else (False, None)
        if backwards:
            queryset = queryset.order_by(*(_turned(name) for name in self._order))
        if after is not None:
            queryset = queryset.filter(_beyond([_turned(n) if backwards else n for n in self._order], after))
        rows = list(queryset[: size + 1])
        more, rows = len(rows) > size, rows[:size]
        if backwards:
            rows.reverse()
        self._rows: Sequence[Model] = rows
        self._has_next = more or backwards
        self._has_previous = more if backwards else after is not None
        return rows

    def get_next_link(self) -> str | None:
        return self._link(self._rows[-1], backwards=False) if self._rows and self._has_next else None

    def get_previous_link(self) -> str | None:
        if not self._rows:
            # Behind the last page: back to the start, rather than into a dead end.
            return remove_query_param(self._url, "cursor") if self._has_previous else None
        return self._link(self._rows[0], backwards=True) if self._has_previous else None

    def _link(self, row: Model, *, backwards: bool) -> str:
        values = [getattr(row, name.lstrip("-")) for name in self._order]
        position = json.dumps(["<" if backwards else ">", *values], default=str, separators=(",", ":"))
        cursor = base64.urlsafe_b64encode(position.encode()).decode().rstrip("=")
        return replace_query_param(self._url, "cursor", cursor)

    def _decoded(self, cursor: str, queryset: QuerySet[Any]) -> tuple[bool, list[Any]]:
        try:
            text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
            direction, *values = json.loads(text)
            fields = [_field(queryset, name.lstrip("-")) for name in self._order]
            return {">": False, "<": True}[direction], [
                _value(field, value) for field, value in zip(fields, values, strict=True)
            ]
        except (ValueError, TypeError, KeyError, RecursionError, binascii.Error, ValidationError):
            raise InvalidInput(cursor=["This is not one of our cursors."])


def _turned(name: str) -> str:
    return name[1:] if name.startswith("-") else f"-{name}"


def _field(queryset: QuerySet[Any], name: str) -> "Field[Any, Any]":
    annotation = queryset.query.annotations.get(name)
    field = annotation.output_field if annotation is not None else queryset.model._meta.get_field(name)
    assert isinstance(field, Field)
    return field


def _value(field: "Field[Any, Any]", value: object) -> Any:
    """Raises: ValueError, ValidationError for what this field never held."""
    if not isinstance(value, (int, str)):
        raise ValueError(value)
    parsed = field.to_python(value)
    if isinstance(parsed, int) and abs(parsed) > _LARGEST:
        raise ValueError(value)
    if isinstance(field, DateTimeField) and (parsed is None or timezone.is_naive(parsed)):
        raise ValueError(value)
    return parsed


def _beyond(order: list[str], values: list[Any]) -> Q:
    """Rows after this position: by the first field, or equal there and after it by the next, and so on.

    The first term alone bounds the scan, so that an index on the order serves every page.
    """
    beyond, equal = Q(), Q()
    for name, value in zip(order, values, strict=True):
        field, comparison = name.lstrip("-"), "lt" if name.startswith("-") else "gt"
        beyond |= equal & Q((f"{field}__{comparison}", value))
        equal &= Q((field, value))
    first = order[0]
    return Q((f"{first.lstrip('-')}__{'lte' if first.startswith('-') else 'gte'}", values[0])) & beyond
