"""Finding streams: by words, tag and distance, the best match, the most watched, the newest or the nearest first."""

from dataclasses import dataclass
from enum import StrEnum
from math import cos, radians

from django.db.models import F, FloatField, IntegerField, QuerySet, Value
from django.db.models.functions import ASin, Cast, Cos, Least, Power, Radians, Sin, Sqrt

from accounts.selectors import blocked_either_way
from core.search import Matches, query_of, rank
from streams.access import may_see_mature
from streams.models import EndReason, Stream, StreamStatus, StreamVisibility
from streams.viewers import Viewer

EARTH_KM = 6371.0
KM_PER_DEGREE = 111.2
KM, KM_MAX = 50, 1000


class Ordering(StrEnum):
    RELEVANCE = "relevance"
    POPULAR = "popular"
    NEWEST = "newest"
    DISTANCE = "distance"


@dataclass(frozen=True)
class Near:
    """A circle. Creators say where they are to a tenth of a degree, and only if they want to."""

    lat: float
    lon: float
    km: float = KM


@dataclass(frozen=True)
class Wanted:
    """What is looked for; what is empty does not matter."""

    text: str = ""
    tag: str = ""
    near: Near | None = None
    status: str = ""
    # With those that are not for minors, for viewers who may see them.
    mature: bool = False
    ordering: Ordering | None = None

    @property
    def order(self) -> Ordering:
        """As asked for; else by what was asked."""
        if self.ordering == Ordering.RELEVANCE and not self.text:
            return Ordering.POPULAR
        if self.ordering == Ordering.DISTANCE and self.near is None:
            return Ordering.POPULAR
        if self.ordering is not None:
            return self.ordering
        if self.text:
            return Ordering.RELEVANCE
        return Ordering.DISTANCE if self.near else Ordering.POPULAR


def streams_search(*, viewer: Viewer, wanted: Wanted) -> QuerySet[Stream]:
    """Public streams, live or ended, that this viewer may find. Queries: 1."""
    streams = _findable(mature=wanted.mature and may_see_mature(viewer)).select_related("creator")
    if viewer.user is not None:
        streams = streams.exclude(creator__in=blocked_either_way(viewer.user))
    if wanted.status:
        streams = streams.filter(status=wanted.status)
    if wanted.tag:
        streams = streams.filter(tags__contains=[wanted.tag.lower().lstrip("#")])
    if wanted.text:
        query = query_of(wanted.text)
        streams = streams.filter(Matches(F("words__words"), query))
        if wanted.order == Ordering.RELEVANCE:
            streams = streams.annotate(relevance=rank(F("words__words"), query))
    if wanted.near:
        streams = _near(streams, wanted.near)
    return streams.order_by(*_ORDERS[wanted.order])


_ORDERS = {
    Ordering.RELEVANCE: ("-relevance", "-id"),
    Ordering.POPULAR: ("-viewers_current", "-viewers_peak", "-id"),
    Ordering.NEWEST: ("-id",),
    Ordering.DISTANCE: ("distance_km", "-id"),
}


def _findable(*, mature: bool) -> QuerySet[Stream]:
    """What may stand in a list that everybody can ask for."""
    streams = Stream.objects.filter(
        visibility=StreamVisibility.PUBLIC,
        status__in=[StreamStatus.LIVE, StreamStatus.ENDED],
        creator__is_active=True,
    ).exclude(end_reason=EndReason.STAFF)
    return streams if mature else streams.filter(mature=False)


def _near(streams: QuerySet[Stream], near: Near) -> QuerySet[Stream]:
    """A box that an index answers, then the circle in it."""
    height = near.km / KM_PER_DEGREE
    south, north = near.lat - height, near.lat + height
    streams = streams.filter(creator__place_lat__gte=south, creator__place_lat__lte=north)
    width = height / max(cos(radians(near.lat)), 0.01)
    west, east = near.lon - width, near.lon + width
    if west >= -180 and east <= 180:  # else the box would go round the back of the map
        streams = streams.filter(creator__place_lon__gte=west, creator__place_lon__lte=east)
    return streams.annotate(distance_km=_distance_km(near)).filter(distance_km__lte=near.km)


def _distance_km(near: Near) -> Cast:
    """By the haversine formula, in whole kilometres, so that pages can go on from it."""
    lat, lon = F("creator__place_lat"), F("creator__place_lon")
    half_chord = Power(Sin(Radians((lat - near.lat) / 2.0, output_field=FloatField())), 2) + Cos(
        Radians(Value(near.lat), output_field=FloatField())
    ) * Cos(Radians(lat, output_field=FloatField())) * Power(
        Sin(Radians((lon - near.lon) / 2.0, output_field=FloatField())), 2
    )
    metres = Value(2 * EARTH_KM) * ASin(Sqrt(Least(half_chord, Value(1.0))))
    return Cast(metres, IntegerField())
