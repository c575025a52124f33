"""What tells a person who comes back from somebody new: the network and the browser they came with, as keyed hashes.

The key is not in the database, and neither is an address. What is known is 30 days old at most.
"""

import hashlib
import hmac
import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.db.models import Count, Exists, OuterRef
from django.utils import timezone

from moderation.bans.errors import NetworkShared
from moderation.bans.models import Ban, NetworkBan, Sighting
from moderation.team.models import TeamMember
from streams.access import StreamLike, register_witness
from streams.models import Stream
from streams.viewers import Viewer

KEPT = timedelta(days=30)
# Who is known to have come is written down again after this long.
SEEN_EVERY = timedelta(hours=1)

_KINDS = NetworkBan.Kind


@dataclass(frozen=True)
class Kept:
    """What a ban of networks keeps out: so many addresses and browsers; ``shared`` ones are used by many accounts."""

    addresses: int
    browsers: int
    shared: int


def hashes_of(viewer: Viewer) -> dict[str, bytes]:
    """What somebody comes with, by kind. Queries: none."""
    shown = {_KINDS.ADDRESS: viewer.network, _KINDS.DEVICE: viewer.browser}
    return {kind.value: _hash(kind, value) for kind, value in shown.items() if value}


def _hash(kind: str, value: str) -> bytes:
    return hmac.digest(_key(settings.EVASION_KEY, settings.SECRET_KEY), f"{kind}:{value}".encode(), "sha256")


@lru_cache(maxsize=4)
def _key(own: str, secret: str) -> bytes:
    """Without a key of its own one is made from the installation's."""
    return own.encode() if own else hashlib.sha256(b"moderation.bans.evasion" + secret.encode()).digest()


@register_witness
def seen(viewer: Viewer, stream: StreamLike) -> None:
    """Note what somebody came to a channel with, at most once an hour as long as it is the same.

    Queries: 1, or none; one cache call, or two.
    """
    hashes = hashes_of(viewer)
    if not hashes or stream.creator_id is None:
        return
    combined = hashlib.sha256(b"".join(hashes.values())).hexdigest()
    key = f"sighting:{stream.creator_id}:{viewer.viewer_id}:{combined}"
    if cache.get(key):
        return
    with connection.cursor() as cursor:
        # Always in the order of kinds, so that two who note the same wait for each other and not both. A channel or a
        # person that was erased in this moment is none to note.
        cursor.execute(
            """
            INSERT INTO moderation_sighting (kind, hash, channel_id, viewer_id, person_id, seen_at)
            SELECT kind, hash, %(channel)s, %(viewer)s, %(person)s, %(now)s
            FROM unnest(%(kinds)s::text[], %(hashes)s::bytea[]) AS shown (kind, hash)
            WHERE EXISTS (SELECT FROM accounts_user WHERE id = %(channel)s)
            ON CONFLICT (channel_id, viewer_id, kind, hash) DO UPDATE SET seen_at = excluded.seen_at
            """,
            {
                "channel": stream.creator_id,
                "viewer": viewer.viewer_id,
                "person": viewer.user_id,
                "now": timezone.now(),
                "kinds": list(hashes),
                "hashes": list(hashes.values()),
            },
        )
    cache.set(key, 1, timeout=int(SEEN_EVERY.total_seconds()))


def networks_ban(ban: Ban) -> Kept:
    """Keep out whoever comes with what the banned person came to the channel with, in the last 30 days, for 30 days.

    What more accounts came with than ``BUSK_EVASION_ACCOUNTS`` is left out. Queries: 3, or 2.
    Raises: NetworkShared when that is every address of theirs.
    """
    now = timezone.now()
    came_with = set(
        Sighting.objects.filter(
            channel_id=ban.channel_id, person_id=ban.person_id, seen_at__gt=now - KEPT
        ).values_list("kind", "hash")
    )
    accounts = _accounts([bytes(shown) for _kind, shown in came_with])
    most = settings.EVASION_ACCOUNTS
    own = {(kind, bytes(shown)) for kind, shown in came_with if accounts.get(bytes(shown), 0) <= most}
    addresses = sum(kind == _KINDS.ADDRESS for kind, _ in own)
    shared = [
        bytes(shown)
        for kind, shown in came_with
        if kind == _KINDS.ADDRESS and (kind, bytes(shown)) not in own
    ]
    if shared and not addresses:
        raise NetworkShared(accounts=max(accounts[shown] for shown in shared), most=most)
    NetworkBan.objects.bulk_create(
        [
            NetworkBan(ban=ban, channel_id=ban.channel_id, kind=kind, hash=shown, expires_at=now + KEPT)
            for kind, shown in sorted(own)
        ],
        update_conflicts=True,
        unique_fields=["ban", "kind", "hash"],
        update_fields=["expires_at"],
    )
    return Kept(addresses=addresses, browsers=len(own) - addresses, shared=len(came_with) - len(own))


def _accounts(hashes: Collection[bytes]) -> dict[bytes, int]:
    """With how many accounts each was seen lately, in any channel. Queries: 1."""
    lately = Sighting.objects.filter(hash__in=hashes, seen_at__gt=timezone.now() - KEPT).order_by()
    counted = lately.values("hash").annotate(accounts=Count("person_id", distinct=True))
    return {bytes(row["hash"]): row["accounts"] for row in counted}


def is_shut_by_network(*, viewer: Viewer, channel_id: uuid.UUID) -> bool:
    """Whether somebody comes with what a channel keeps out, and is nobody of its team. Queries: 1, or 2."""
    networks = NetworkBan.objects.filter(
        channel_id=channel_id, hash__in=hashes_of(viewer).values(), expires_at__gt=timezone.now()
    )
    if not networks.exists():
        return False
    team = TeamMember.objects.filter(channel_id=channel_id, person=viewer.user_id, accepted_at__isnull=False)
    return viewer.user_id is None or not team.exists()


def viewers_caught(*, ban_id: uuid.UUID) -> dict[uuid.UUID, list[str]]:
    """By stream that is not over: who came with what this ban of networks keeps out, and may be in there.

    Not who is of the team, or staff: they may stay. Queries: 1, and 1 each.
    """
    networks = NetworkBan.objects.filter(ban_id=ban_id, expires_at__gt=timezone.now())
    streams = Stream.objects.filter(creator__in=networks.values("channel"), ended_at=None).order_by("id")
    found: dict[uuid.UUID, list[str]] = {}
    for stream in streams.only("id", "creator_id", "created_at"):
        team = TeamMember.objects.filter(channel=stream.creator_id, accepted_at__isnull=False)
        came = Sighting.objects.filter(
            channel_id=stream.creator_id,
            hash__in=networks.values("hash"),
            # Whoever was noted before the stream was made may have come to it within the hour, unnoted.
            seen_at__gt=stream.created_at - SEEN_EVERY,
        ).exclude(person__is_staff=True)
        others = came.exclude(Exists(team.filter(person=OuterRef("person"))))
        found[stream.pk] = sorted(set(others.values_list("viewer_id", flat=True)))
    return found


def old_forget() -> None:
    """Who came with what longer ago, and bans of networks that are over. Queries: 2."""
    now = timezone.now()
    Sighting.objects.filter(seen_at__lt=now - KEPT).delete()
    NetworkBan.objects.filter(expires_at__lt=now).delete()
