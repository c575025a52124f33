"""What the money's admin pages share: nothing is edited, lists are bounded, pages tell the whole story."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from core.admin import ReadOnlyAdmin, WithLinks
from payments.staff.story import Link, Table

# How far one may leaf through a list. Whoever looks for something older searches for it.
MOST_LISTED = 1000


class BoundedPaginator(Paginator):
    """Counts no further than one may leaf: a table of millions is not gone through for the number of its pages."""

    @cached_property
    def count(self) -> int:
        rows: QuerySet = self.object_list  # type: ignore[assignment]
        return rows.order_by()[:MOST_LISTED].count()


class ReadOnly(ReadOnlyAdmin):
    """A list that may be long."""

    paginator = BoundedPaginator
    show_full_result_count = False
    list_per_page = 50


class Storied(WithLinks, ReadOnly):
    """Its page has tables of what belongs to it, and links to what can be done."""

    change_form_template = "admin/payments/story.html"

    def story(self, request: HttpRequest, thing: Any) -> Sequence[Table]:
        return []

    def tools(self, request: HttpRequest, thing: Any) -> Sequence[Link]:
        return []

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        thing = self.get_object(request, object_id)
        more: dict[str, Any] = {}
        if thing is not None and self.has_view_permission(request, thing):
            more = {"story": self.story(request, thing), "tools": self.tools(request, thing)}
        return super().change_view(request, object_id, form_url, {**more, **(extra_context or {})})
