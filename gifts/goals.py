"""A stream's goal: set by its creator, filled by the books' queue, shown to the room."""

import uuid
from collections.abc import Sequence
from datetime import UTC, timedelta

from django.db import connection, transaction
from django.utils import timezone

from core.errors import InvalidInput
from core.facts import publish_on_commit
from core.text import one_line
from gifts import standings  # noqa: F401 - whose folder locks the streams, and so has to come first
from gifts.events import GoalChanged, GoalChangedEvent
from gifts.models import Goal
from payments.ledger.folding import Credit, register_folder
from realtime.publish import room_publish
from streams.errors import StreamOver
from streams.models import Stream

TITLE_MOST, TARGET_MOST = 60, 10**7
TELL_EVERY = timedelta(seconds=1)

_GROW = """
UPDATE gifts_goal AS goal SET
    coins = goal.coins + added.coins,
    reached_at = CASE WHEN goal.coins + added.coins >= goal.target_coins THEN coalesce(goal.reached_at, %s)
        ELSE goal.reached_at END
FROM (
    SELECT due.id, sum(credit.coins) AS coins
    FROM unnest(%s::uuid[], %s::bigint[], %s::timestamptz[]) AS credit (stream_id, coins, gifted_at)
    JOIN gifts_goal AS due ON due.stream_id = credit.stream_id AND credit.gifted_at >= due.set_at
    GROUP BY due.id
) AS added WHERE added.id = goal.id AND added.coins <> 0
"""
# Whoever gets the row back tells it, whatever else runs at this moment.
_CLAIM = """
UPDATE gifts_goal SET told_at = %s WHERE id IN (
    SELECT id FROM gifts_goal WHERE coins <> told_coins AND told_at <= %s FOR NO KEY UPDATE SKIP LOCKED
) RETURNING id, stream_id, title, target_coins, coins, reached_at
"""


@transaction.atomic
def goal_set(*, stream_id: uuid.UUID, title: str, target_coins: int) -> Goal:
    """Set a stream's goal, or change it: it keeps what was given since. One that was reached is done; after it a new
    one begins, from nothing. Who may is decided before, by ``streams.access``.

    Locks: the stream, so that a fold knows of the goal whose gifts it adds up. Emits: GoalChanged.
    Raises: InvalidInput, StreamOver.
    """
    title = one_line(title)
    problems = {}
    if not 1 <= len(title) <= TITLE_MOST:
        problems["title"] = [f"From 1 to {TITLE_MOST} characters."]
    if not 1 <= target_coins <= TARGET_MOST:
        problems["target_coins"] = [f"From 1 to {TARGET_MOST}."]
    if problems:
        raise InvalidInput(**problems)
    stream = Stream.objects.select_for_update(no_key=True).get(pk=stream_id)
    if stream.is_over:
        raise StreamOver()
    goal = Goal.objects.filter(stream=stream).first()
    if goal is not None and (goal.title, goal.target_coins) == (title, target_coins):
        return goal
    now = timezone.now()
    if goal is not None and goal.reached_at is not None:
        goal.delete()
        goal = None
    if goal is None:
        goal = Goal(stream=stream, set_at=now)
    goal.title, goal.target_coins = title, target_coins
    if goal.coins >= target_coins:
        goal.reached_at = now
    goal.told_coins, goal.told_at = goal.coins, now
    goal.save()
    publish_on_commit(GoalChanged(stream_id=str(stream_id)))
    return goal


@transaction.atomic
def goal_remove(*, stream_id: uuid.UUID) -> None:
    """Have no goal; that there was none is fine. Locks: the stream. Emits: GoalChanged."""
    Stream.objects.select_for_update(no_key=True).get(pk=stream_id)
    removed, _ = Goal.objects.filter(stream_id=stream_id).delete()
    if removed:
        publish_on_commit(GoalChanged(stream_id=str(stream_id)))


@register_folder
def goals(credits: Sequence[Credit]) -> None:
    """Only what was given since a goal was set counts. Locks: the goals, after their streams. Queries: none, or 1."""
    given = sorted(
        (credit.stream_id, credit.coins, credit.gifted_at)
        for credit in credits
        if credit.stream_id is not None and credit.coins
    )
    if not given:
        return
    with connection.cursor() as cursor:
        cursor.execute(_GROW, [timezone.now(), *(list(column) for column in zip(*given, strict=True))])
        if cursor.rowcount:
            transaction.on_commit(goals_tell, robust=True)


def goals_tell() -> None:
    """Tell rooms of goals that grew, each at most once in ``TELL_EVERY``; what came since is told by a later round.

    At least once: a process that dies in between leaves it to the next round. Must not run in a transaction.
    Queries: 1, and 1 for each that is told. Emits: goal:changed.
    """
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [now, now - TELL_EVERY])
        grown = cursor.fetchall()
    for goal_id, stream_id, title, target_coins, coins, reached_at in grown:
        goal = Goal(id=goal_id, title=title, target_coins=target_coins, coins=coins, reached_at=reached_at)
        room_publish(stream_id, goal_event(goal))
        same = Goal.objects.filter(pk=goal_id, title=title, target_coins=target_coins)
        if not same.update(told_coins=coins):
            goal_tell(stream_id)  # changed meanwhile, and told before this was


def goal_tell(stream_id: uuid.UUID) -> None:
    """Tell the room of its goal as it is. Queries: 1. Emits: goal:changed."""
    room_publish(stream_id, goal_event(Goal.objects.filter(stream_id=stream_id).first()))


def goal_event(goal: Goal | None) -> GoalChangedEvent:
    if goal is None:
        return GoalChangedEvent(id=None, title="", target_coins=0, coins=0, reached_at=None)
    reached_at = goal.reached_at
    return GoalChangedEvent(
        id=str(goal.pk),
        title=goal.title,
        target_coins=goal.target_coins,
        coins=goal.coins,
        reached_at=reached_at.astimezone(UTC).isoformat(timespec="milliseconds") if reached_at else None,
    )
