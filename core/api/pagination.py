from typing import Any

from django.db.models import QuerySet
from rest_framework.pagination import CursorPagination as DRFCursorPagination
from rest_framework.request import Request


class CursorPagination(DRFCursorPagination):
    """Pages by position in the queryset's own order, so that rows that come and go between two pages shift nothing."""

    page_size = 24
    max_page_size = 100
    page_size_query_param = "limit"

    def get_ordering(self, request: Request, queryset: QuerySet[Any], view: Any) -> tuple[str, ...]:
        assert queryset.query.order_by, "a page needs an order"
        return tuple(str(name) for name in queryset.query.order_by)
