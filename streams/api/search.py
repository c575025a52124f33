"""The door to finding streams."""

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.fields import PlainCharField
from core.api.pagination import CursorPagination, PageIn
from core.api.views import ApiView
from core.search import TEXT_MAX
from streams.api import examples
from streams.api.serializers import StreamPageOut
from streams.api.streams import stream_page
from streams.search import KM, KM_MAX, Near, Ordering, Wanted, streams_search
from streams.services import TAG_MAX
from streams.viewers import viewer_from_request


@extend_schema_field({"type": "string", "pattern": r"^-?[0-9.]+,-?[0-9.]+$", "example": "48.2,16.4"})
class NearField(serializers.Field[tuple[float, float], str, str, Any]):
    """``lat,lon`` in degrees."""

    default_error_messages = {"invalid": "Give latitude and longitude in degrees, such as 48.2,16.4."}

    def to_internal_value(self, data: str) -> tuple[float, float]:
        try:
            lat, lon = (float(part) for part in str(data).split(","))
        except ValueError:
            self.fail("invalid")
        if not (-90 <= lat <= 90 and -180 <= lon <= 180):
            self.fail("invalid")
        return lat, lon


class SearchIn(PageIn):
    q = PlainCharField(
        required=False,
        max_length=TEXT_MAX,
        help_text="Words of title, tags, creator or description; the last one may be unfinished.",
    )
    tag = PlainCharField(required=False, max_length=TAG_MAX, help_text="Exactly this tag.")
    near = NearField(required=False, help_text="`lat,lon`: creators who say that they are around here.")
    km = serializers.IntegerField(
        required=False, min_value=1, max_value=KM_MAX, help_text=f"How far around; {KM} if not said."
    )
    status = serializers.ChoiceField(required=False, choices=["live", "ended"], help_text="Both if not said.")
    mature = serializers.BooleanField(
        required=False, default=False, help_text="With those that are not for minors."
    )
    ordering = serializers.ChoiceField(
        required=False,
        choices=[order.value for order in Ordering],
        help_text="If not said: the best match, or the nearest, or the most watched.",
    )

    def wanted(self) -> Wanted:
        given = self.validated_data
        near = given.get("near")
        return Wanted(
            text=given.get("q", ""),
            tag=given.get("tag", ""),
            near=Near(near[0], near[1], given.get("km", KM)) if near else None,
            status=given.get("status", ""),
            mature=given["mature"],
            ordering=Ordering(given["ordering"]) if given.get("ordering") else None,
        )


class StreamSearchView(ApiView):
    throttle_bucket = "search"

    @extend_schema(
        operation_id="stream_search", parameters=[SearchIn], responses=StreamPageOut, examples=examples.CARDS
    )
    def get(self, request: Request) -> Response:
        """Public streams, live or ended, by words, tag and distance."""
        wanted = SearchIn.of(request).wanted()
        streams = streams_search(viewer=viewer_from_request(request), wanted=wanted)
        return Response(stream_page(CursorPagination(), streams, request))
