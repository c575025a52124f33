"""The counter in the studio: told of what changed, once a second at most for each stream."""

import uuid
from collections.abc import Iterable, Sequence

from django.core.cache import cache
from django.db import connection, transaction

from payments.creators.events import EarningsChangedEvent
from payments.creators.figures import Figures, stream_sources, total_of
from payments.creators.models import EarningsNews
from payments.ledger.folding import Credit, register_folder
from payments.models import EarningSource
from payments.terms import book_terms
from realtime.publish import room_publish

TOLD_EVERY_SECONDS = 1

_TAKE = "DELETE FROM payments_earningsnews RETURNING stream_id"
_STREAMS = """
SELECT stream.id FROM streams_stream stream JOIN payments_account account ON account.party_id = stream.party_id
WHERE account.id = ANY(%s) AND stream.ended_at IS NULL
"""


def stream_earnings(*, stream_id: uuid.UUID) -> EarningsChangedEvent:
    """What the stream earned so far. Queries: 1."""
    by_source = stream_sources(stream_id=stream_id)
    kept = {source: by_source.get(source, Figures()) for source in EarningSource}
    return EarningsChangedEvent(
        stream_id=str(stream_id),
        currency=book_terms().currency,
        pending=total_of(by_source.values()).pending,
        gifts=kept[EarningSource.GIFT].kept,
        tips=kept[EarningSource.TIP].kept,
        tickets=kept[EarningSource.TICKET].kept,
        coins=kept[EarningSource.GIFT].coins,
    )


def earnings_changed(stream_ids: Iterable[uuid.UUID]) -> None:
    """Have the studios of these streams told, after the commit. Changes no row that two writers share. Queries: 1."""
    EarningsNews.objects.bulk_create(EarningsNews(stream_id=stream_id) for stream_id in stream_ids)


def earnings_tell() -> int:
    """Tell the studios whose streams' earnings changed. Returns how many. Queries: 1, and 1 for each stream.

    What was told less than a second ago waits for the next time: nothing that changed stays untold.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_TAKE)
            streams = sorted({stream_id for (stream_id,) in cursor.fetchall()})
        due = [stream_id for stream_id in streams if cache.add(_told(stream_id), 1, TOLD_EVERY_SECONDS)]
        if later := set(streams).difference(due):
            earnings_changed(later)
    for stream_id in due:
        room_publish(stream_id, stream_earnings(stream_id=stream_id))
    return len(due)


def _told(stream_id: uuid.UUID) -> str:
    return f"earnings-told:{stream_id}"


@register_folder
def note_streams(credits: Sequence[Credit]) -> None:
    """Whatever moves a creator's account is queued: so streams that are not over are found by it. Queries: 2."""
    accounts = {credit.account_id for credit in credits if credit.account_id is not None}
    if accounts:
        with connection.cursor() as cursor:
            cursor.execute(_STREAMS, [list(accounts)])
            earnings_changed(stream_id for (stream_id,) in cursor.fetchall())
