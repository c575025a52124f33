"""Bans, timeouts, warnings and requests to be let back, as the team makes them."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from core.errors import InvalidInput, NotFound
from core.models import AuditEvent
from moderation.bans.errors import AskedAlready, IsBanned, NotBanned
from moderation.bans.models import Ban, Caution, UnbanRequest
from moderation.bans.selectors import bans_of, silent_until
from moderation.bans.services import (
    TIMEOUT_SECONDS_MOST,
    caution_read,
    person_ban,
    person_time_out,
    person_unban,
    person_warn,
    unban_answer,
    unban_ask,
)
from moderation.errors import Banned, Cautioned, Decided, NotYourPlace, TimedOut
from streams.access import Action, decide
from tests.conftest import viewer_of
from tests.moderation.bans.conftest import trail

pytestmark = pytest.mark.django_db


def answers(person, stream) -> dict[Action, Any]:
    """What access says to entering, to writing, and to gifts that name them."""
    actions = (Action.ENTER, Action.CHAT, Action.SPEAK)
    return {
        action: decide(viewer=viewer_of(person), stream=stream, action=action).refusal for action in actions
    }


def test_a_ban_keeps_out_and_banning_twice_is_one_ban(alice, moderator, bob, live_stream):
    first = person_ban(actor=moderator, channel=alice, person=bob, reason="spam")
    again = person_ban(actor=moderator, channel=alice, person=bob, reason="spam and insults")
    same = person_ban(actor=alice, channel=alice, person=bob, reason="spam and insults")
    assert first.pk == again.pk == same.pk
    assert [ban.reason for ban in Ban.objects.all()] == ["spam and insults"]
    assert trail(bob) == ["person.banned", "person.banned"]
    noted = AuditEvent.objects.filter(action="person.banned").latest("id")
    assert [(state or {})["reason"] for state in (noted.before, noted.after)] == ["spam", "spam and insults"]
    assert noted.channel_party_id == alice.party_id
    for refusal in answers(bob, live_stream).values():
        assert isinstance(refusal, Banned)
        assert refusal.details == {"reason": "spam and insults", "help": "ask_unban"}
    person_unban(actor=moderator, channel=alice, person=bob, reason="sorry")
    person_unban(actor=moderator, channel=alice, person=bob)
    assert trail(bob) == ["person.banned", "person.banned", "person.unbanned"]
    assert set(answers(bob, live_stream).values()) == {None}


def test_a_timeout_is_silence_and_a_new_one_replaces_it(alice, moderator, bob, live_stream):
    person_time_out(actor=moderator, channel=alice, person=bob, reason="calm down")
    long = person_time_out(actor=moderator, channel=alice, person=bob, seconds=3600)
    short = person_time_out(actor=moderator, channel=alice, person=bob, seconds=60)
    assert long is not None
    assert short is not None
    assert long.pk == short.pk
    assert short.until is not None
    assert short.until < timezone.now() + timedelta(seconds=61)
    assert silent_until(channel_id=alice.pk, user_id=bob.pk) == short.until
    found = answers(bob, live_stream)
    # What a line is refused with is decided line by line.
    assert (found[Action.ENTER], found[Action.CHAT]) == (None, None)
    assert isinstance(found[Action.SPEAK], TimedOut)
    assert 58 <= found[Action.SPEAK].details["retry_after_seconds"] <= 60
    assert person_time_out(actor=moderator, channel=alice, person=bob, seconds=1) is None
    assert set(answers(bob, live_stream).values()) == {None}
    assert trail(bob) == ["person.timed_out"] * 3 + ["timeout.ended"]
    person_time_out(actor=None, channel=alice, person=bob, seconds=30)
    with time_machine.travel(timezone.now() + timedelta(seconds=31), tick=False):
        assert set(answers(bob, live_stream).values()) == {None}
        # One that is over by itself is ended by nobody.
        person_unban(actor=moderator, channel=alice, person=bob)
    assert trail(bob)[4:] == ["person.timed_out"]
    assert AuditEvent.objects.latest("id").actor_party_id is None
    for wrong in (0, -1, TIMEOUT_SECONDS_MOST + 1):
        with pytest.raises(InvalidInput):
            person_time_out(actor=moderator, channel=alice, person=bob, seconds=wrong)


def test_a_timeout_never_shortens_a_ban(alice, moderator, bob, live_stream):
    person_time_out(actor=moderator, channel=alice, person=bob)
    person_ban(actor=moderator, channel=alice, person=bob)
    with pytest.raises(IsBanned):
        person_time_out(actor=moderator, channel=alice, person=bob)
    person_time_out(actor=moderator, channel=alice, person=bob, seconds=1)
    person_time_out(actor=None, channel=alice, person=bob)
    assert isinstance(answers(bob, live_stream)[Action.ENTER], Banned)
    assert [ban.until for ban in Ban.objects.all()] == [None]


def test_a_warning_has_to_be_read_by_whom_it_is_for(alice, moderator, bob, charlie, live_stream):
    caution = person_warn(actor=moderator, channel=alice, person=bob, reason=" no  spoilers ")
    refusal = answers(bob, live_stream)[Action.SPEAK]
    assert isinstance(refusal, Cautioned)
    assert refusal.details == {"caution": str(caution.pk), "reason": "no spoilers"}
    with pytest.raises(NotFound):
        caution_read(person=charlie, caution_id=caution.pk)
    read_at = caution_read(person=bob, caution_id=caution.pk).read_at
    assert caution_read(person=bob, caution_id=caution.pk).read_at == read_at
    assert set(answers(bob, live_stream).values()) == {None}
    with pytest.raises(InvalidInput):
        person_warn(actor=moderator, channel=alice, person=bob, reason="  ")
    assert Caution.objects.count() == 1


def test_asking_to_come_back_once_and_the_answer_of_a_lead(alice, lead, moderator, bob, live_stream):
    with pytest.raises(NotBanned):
        unban_ask(person=bob, channel=alice, text="please")
    person_time_out(actor=moderator, channel=alice, person=bob)
    with pytest.raises(NotBanned):
        unban_ask(person=bob, channel=alice, text="please")
    person_ban(actor=moderator, channel=alice, person=bob, reason="spam")
    with pytest.raises(InvalidInput):
        unban_ask(person=bob, channel=alice, text="x" * 501)
    asked = unban_ask(person=bob, channel=alice, text="I will not do it again")
    with pytest.raises(AskedAlready) as again:
        unban_ask(person=bob, channel=alice, text="please")
    assert again.value.details == {"state": "open"}
    assert answers(bob, live_stream)[Action.ENTER].details == {"reason": "spam"}
    with pytest.raises(NotYourPlace):
        unban_answer(actor=moderator, request_id=asked.pk, approve=True)
    unban_answer(actor=lead, request_id=asked.pk, approve=False, answer="Not yet")
    unban_answer(actor=lead, request_id=asked.pk, approve=False, answer="Not yet")
    with pytest.raises(Decided):
        unban_answer(actor=alice, request_id=asked.pk, approve=True)
    assert isinstance(answers(bob, live_stream)[Action.ENTER], Banned)
    # Another ban may be asked about anew.
    person_unban(actor=moderator, channel=alice, person=bob)
    person_ban(actor=moderator, channel=alice, person=bob)
    second = unban_ask(person=bob, channel=alice, text="Now I mean it")
    unban_answer(actor=lead, request_id=second.pk, approve=True, answer="Welcome back")
    assert set(answers(bob, live_stream).values()) == {None}
    assert trail(bob)[-3:] == ["unban.asked", "unban.answered", "person.unbanned"]


def test_lifting_a_ban_answers_who_asked(alice, moderator, bob):
    person_ban(actor=moderator, channel=alice, person=bob)
    asked = unban_ask(person=bob, channel=alice, text="please")
    person_unban(actor=moderator, channel=alice, person=bob)
    asked.refresh_from_db()
    assert (asked.state, asked.answered_by_id) == (UnbanRequest.State.APPROVED, moderator.party_id)


ACTS = {
    "ban": lambda **who: person_ban(**who),
    "ban with networks": lambda **who: person_ban(with_networks=True, **who),
    "unban": lambda **who: person_unban(**who),
    "time out": lambda **who: person_time_out(**who),
    "end a timeout": lambda **who: person_time_out(seconds=1, **who),
    "warn": lambda **who: person_warn(reason="x", **who),
}


@pytest.mark.parametrize("act", ACTS)
def test_who_may_do_it_to_whom(act, alice, lead, moderator, bob, charlie, admin):
    allowed = {
        (alice, lead),
        (alice, moderator),
        (alice, bob),
        (lead, moderator),
        (lead, bob),
        (admin, alice),
    }
    allowed |= {(admin, lead), (admin, moderator), (admin, bob)}
    if act != "ban with networks":
        allowed.add((moderator, bob))
    people = (alice, lead, moderator, bob, admin)
    for actor in (*people, charlie):
        for person in people:
            if person == alice:
                continue  # nobody is banned from their own channel: the next test
            if (actor, person) in allowed:
                ACTS[act](actor=actor, channel=alice, person=person)
                Ban.objects.all().delete()
            else:
                with pytest.raises(NotYourPlace):
                    ACTS[act](actor=actor, channel=alice, person=person)
    assert not Ban.objects.exists()


def test_the_owner_is_banned_by_nobody(alice, lead, moderator, admin):
    for actor in (alice, lead, moderator):
        with pytest.raises(NotYourPlace):
            person_ban(actor=actor, channel=alice, person=alice)
    with pytest.raises(NotYourPlace):
        person_ban(actor=admin, channel=alice, person=alice)


def test_the_list_costs_the_same_at_any_size(alice, moderator, make_user, django_assert_num_queries):
    for number in range(6):
        person_ban(actor=moderator, channel=alice, person=make_user(f"troll{number}"), reason=f"no {number}")
        for size in (1, 6):
            if number == size - 1:
                with django_assert_num_queries(2):  # who asks, the list
                    found = list(bans_of(actor=moderator, channel=alice))
                    assert [ban.person.username for ban in found] == [f"troll{n}" for n in range(size)][::-1]
                    assert {ban.by_id for ban in found} == {moderator.party_id}
    assert [ban.reason for ban in bans_of(actor=moderator, channel=alice, text="troll3")] == ["no 3"]
    assert [ban.reason for ban in bans_of(actor=moderator, channel=alice, text="no 4")] == ["no 4"]
    assert not bans_of(actor=moderator, channel=alice, timeouts=True)
