"""Presence is written in batches, counts come from the rows, and tabs, silence and pictures count as promised."""

import uuid
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from realtime.presence import Presence
from streams import sessions
from streams.models import ViewerSession
from streams.sessions import SessionBook, _Batch, _write, recount, viewer_merge, viewer_revoke
from streams.viewers import session_id


def presence(stream, viewer_id: str = "a:one", *, user=None) -> Presence:
    return Presence(
        room_id=stream.pk,
        session_id=session_id(stream_id=stream.pk, viewer_id=viewer_id),
        viewer_id=viewer_id,
        user_id=user.pk if user else None,
        party_id=user.party_id if user else None,
        about={"device": "phone", "player": "hls", "referrer_host": "example.org"},
    )


def joined(*people: Presence) -> None:
    _write(_Batch(joined={person.session_id: person for person in people}))


def seen(*people: Presence, media: bool) -> None:
    ids = {person.session_id for person in people}
    _write(_Batch(seen=ids, media=set(ids) if media else set()))


def left(*people: Presence) -> None:
    _write(_Batch(left={person.session_id for person in people}))


def counts(stream) -> tuple[int, int, int]:
    recount([stream.pk])
    stream.refresh_from_db()
    return stream.viewers_current, stream.viewers_peak, stream.viewers_total


def test_viewers_come_and_go_and_peak_and_total_stay(live_stream):
    one, two = presence(live_stream, "a:one"), presence(live_stream, "a:two")
    joined(one, two)
    assert counts(live_stream) == (2, 2, 2)
    left(one)
    assert counts(live_stream) == (1, 2, 2)
    joined(one)
    assert counts(live_stream) == (2, 2, 2), "who comes back is no new viewer"
    left(one, two)
    assert counts(live_stream) == (0, 2, 2)


def test_a_session_keeps_what_the_visit_told(live_stream):
    joined(presence(live_stream))
    session = ViewerSession.objects.get()
    assert (session.device, session.player, session.referrer_host, session.country) == (
        "phone",
        "hls",
        "example.org",
        "",
    )


@pytest.mark.parametrize("size", [1, 40])
def test_a_batch_costs_the_same_whatever_its_size(live_stream, size, django_assert_num_queries):
    people = {
        person.session_id: person
        for person in (presence(live_stream, f"a:{number}") for number in range(size))
    }
    with django_assert_num_queries(3):  # savepoint, one insert, release
        _write(_Batch(joined=people))
    with django_assert_num_queries(4):  # savepoint, pictures, heartbeats, release
        _write(_Batch(seen=set(people), media=set(people)))
    with django_assert_num_queries(1):
        assert recount([live_stream.pk]) == {live_stream.pk: size}


def test_two_tabs_are_one_viewer_until_the_last_closes(live_stream, monkeypatch):
    book = SessionBook()
    monkeypatch.setattr(book, "_write_soon", lambda: None)
    tab = presence(live_stream)
    book.joined(tab)
    book.joined(tab)
    book.left(tab)
    assert not book._batch.left
    book.left(tab)
    assert book._batch.left == {tab.session_id}


def test_who_came_and_went_within_one_batch_is_in_the_total_only(live_stream):
    person = presence(live_stream)
    _write(_Batch(joined={person.session_id: person}, left={person.session_id}))
    assert counts(live_stream) == (0, 0, 1)


def test_a_presence_at_a_stream_that_is_gone_is_dropped(live_stream):
    ghost = Presence(
        room_id=uuid.uuid4(), session_id=uuid.uuid4(), viewer_id="a:x", user_id=None, party_id=None, about={}
    )
    joined(ghost)
    assert not ViewerSession.objects.exists()


def test_a_socket_that_takes_no_pictures_stops_counting(live_stream):
    start = timezone.now()
    watching, idle = presence(live_stream, "a:watching"), presence(live_stream, "a:idle")
    joined(watching, idle)
    with time_machine.travel(start, tick=False) as clock:
        for _ in range(4):
            clock.shift(10)
            seen(watching, media=True)
            seen(idle, media=False)
        # The counting is the database's, whose clock does not travel: move the rows instead.
        for session in ViewerSession.objects.all():
            shift = timezone.now() - start
            ViewerSession.objects.filter(pk=session.pk).update(
                media_seen_at=session.media_seen_at - shift, last_seen_at=session.last_seen_at - shift
            )
    assert counts(live_stream)[0] == 1


def test_seconds_watched_grow_while_pictures_are_taken(live_stream):
    person, idle = presence(live_stream, "a:watching"), presence(live_stream, "a:idle")
    with time_machine.travel(timezone.now(), tick=False) as clock:
        joined(person, idle)
        for _ in range(6):
            clock.shift(10)
            seen(person, media=True)
            seen(idle, media=False)
        clock.shift(5)
        left(person, idle)
    assert ViewerSession.objects.get(pk=person.session_id).seconds_watched == 65
    assert ViewerSession.objects.get(pk=idle.session_id).seconds_watched <= 30


def test_silence_closes_a_session_and_is_reported(live_stream):
    person = presence(live_stream)
    joined(person)
    assert counts(live_stream)[0] == 1
    ViewerSession.objects.update(last_seen_at=timezone.now() - timedelta(seconds=31))
    assert sessions.sweep() == {live_stream.pk: 0}
    assert ViewerSession.objects.get().left_at is not None
    assert sessions.sweep() == {}


def test_a_heartbeat_reopens_what_was_closed_too_early(live_stream):
    """With two processes, one may say "left" while a tab is still open at the other."""
    person = presence(live_stream)
    joined(person)
    left(person)
    seen(person, media=True)
    assert counts(live_stream)[0] == 1


def test_revoking_also_reaches_who_never_opened_a_socket(live_stream):
    viewer_revoke(stream_id=live_stream.pk, viewer_id="a:playlists-only")
    session = ViewerSession.objects.get()
    assert session.pk == session_id(stream_id=live_stream.pk, viewer_id="a:playlists-only")
    assert session.revoked_at is not None
    assert counts(live_stream) == (0, 0, 0), "who was only shut out is no viewer"
    joined(presence(live_stream, "a:playlists-only"))
    assert counts(live_stream) == (1, 1, 1), "until they are let in"


def test_revoking_ends_the_session(live_stream):
    person = presence(live_stream)
    joined(person)
    viewer_revoke(stream_id=live_stream.pk, viewer_id=person.viewer_id)
    session = ViewerSession.objects.get()
    assert session.revoked_at is not None
    assert counts(live_stream)[0] == 0


class TestSigningIn:
    def test_takes_the_anonymous_session_along(self, live_stream, bob):
        joined(presence(live_stream, "a:bobs-browser"))
        viewer_merge(anonymous_id="bobs-browser", user_id=bob.pk, party_id=bob.party_id)
        session = ViewerSession.objects.get()
        assert (session.viewer_id, session.party) == (f"u:{bob.pk}", bob.party)
        joined(presence(live_stream, f"u:{bob.pk}", user=bob))
        assert counts(live_stream) == (1, 1, 1)

    def test_does_not_double_who_was_there_on_another_device(self, live_stream, bob):
        joined(presence(live_stream, f"u:{bob.pk}", user=bob), presence(live_stream, "a:bobs-browser"))
        viewer_merge(anonymous_id="bobs-browser", user_id=bob.pk, party_id=bob.party_id)
        assert counts(live_stream)[0] == 1


def test_session_ids_are_the_viewers_own_and_no_one_elses(live_stream, stream):
    mine = session_id(stream_id=live_stream.pk, viewer_id="a:one")
    assert mine == session_id(stream_id=live_stream.pk, viewer_id="a:one")
    assert mine.version == 8
    assert mine != session_id(stream_id=live_stream.pk, viewer_id="a:two")
    assert mine != session_id(stream_id=uuid.uuid4(), viewer_id="a:one")


def test_who_was_shut_out_twice_and_never_came_is_no_viewer(live_stream):
    for _ in range(2):
        viewer_revoke(stream_id=live_stream.pk, viewer_id="a:never")
    assert counts(live_stream) == (0, 0, 0)
    joined(presence(live_stream, "a:never"))
    viewer_revoke(stream_id=live_stream.pk, viewer_id="a:never")
    assert counts(live_stream)[2] == 1, "who came once came"
