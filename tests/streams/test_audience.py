"""Who loses the right to watch loses the pictures and the room, by whatever door they came."""

import pytest
from django.utils import timezone

from accounts.blocks import block_create
from accounts.services import follow_create, follow_delete
from realtime.orders import Order
from streams.models import Stream, ViewerSession
from streams.services import stream_update
from streams.viewers import session_id


@pytest.fixture
def orders(monkeypatch) -> list[Order]:
    """What sockets were told to close, read where the order leaves for every process."""
    from realtime import publish

    given: list[Order] = []
    monkeypatch.setattr(publish, "_order", lambda order: given.append(order))
    return given


def test_unfollowing_ends_a_followers_only_visit(
    live_stream, alice, bob, orders, django_capture_on_commit_callbacks
):
    Stream.objects.filter(pk=live_stream.pk).update(visibility="followers")
    follow_create(follower=bob, creator=alice)
    with django_capture_on_commit_callbacks(execute=True):
        follow_delete(follower=bob, creator=alice)
    session = ViewerSession.objects.get(pk=session_id(stream_id=live_stream.pk, viewer_id=f"u:{bob.pk}"))
    assert session.revoked_at is not None
    assert [(order.code, order.room_id, order.viewer_id) for order in orders] == [
        (4403, live_stream.pk, f"u:{bob.pk}")
    ]


def test_unfollowing_leaves_a_public_visit_alone(
    live_stream, alice, bob, orders, django_capture_on_commit_callbacks
):
    follow_create(follower=bob, creator=alice)
    with django_capture_on_commit_callbacks(execute=True):
        follow_delete(follower=bob, creator=alice)
    assert orders == []


def test_two_viewers_who_block_come_in_anew_where_both_are(
    live_stream, bob, charlie, orders, django_capture_on_commit_callbacks
):
    for viewer in (bob, charlie):
        viewer_id = f"u:{viewer.pk}"
        ViewerSession.objects.create(
            id=session_id(stream_id=live_stream.pk, viewer_id=viewer_id),
            stream=live_stream,
            viewer_id=viewer_id,
            party=viewer.party,
            joined_at=timezone.now(),
            last_seen_at=timezone.now(),
            media_seen_at=timezone.now(),
        )
    with django_capture_on_commit_callbacks(execute=True):
        block_create(blocker=bob, blocked=charlie)
    assert [(order.code, order.room_id, order.user_id) for order in orders] == [
        (1012, live_stream.pk, bob.pk),
        (1012, live_stream.pk, charlie.pk),
    ]


def test_a_block_disturbs_nobody_who_is_elsewhere(
    live_stream, bob, charlie, orders, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        block_create(blocker=bob, blocked=charlie)
    assert orders == []


def test_another_visibility_asks_everybody_again(live_stream, orders, django_capture_on_commit_callbacks):
    before = timezone.now()
    with django_capture_on_commit_callbacks(execute=True):
        stream_update(stream_id=live_stream.pk, visibility="followers")
    live_stream.refresh_from_db()
    assert live_stream.audience_changed_at >= before
    assert [(order.code, order.room_id) for order in orders] == [(1012, live_stream.pk)]


def test_another_title_disturbs_nobody(live_stream, orders, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        stream_update(stream_id=live_stream.pk, title="New", visibility="public")
    assert orders == []
