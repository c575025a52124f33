"""Names that look alike, names that change, and names that stay held."""

from datetime import timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.errors import UsernameChangedLately
from accounts.models import HeldName, User
from accounts.names import skeleton
from accounts.renames import held_names_sweep, username_change
from core.errors import InvalidInput
from core.models import AuditEvent

LOOK_ALIKES = [
    ("alice", "a1ice"),
    ("alice", "AL-ICE"),
    ("bob", "b0b"),
    ("modern", "modem"),
    ("vvolf", "w-o-l-f"),
]


@pytest.mark.parametrize(("one", "other"), LOOK_ALIKES)
def test_names_that_look_alike_are_one_name(db, one, other):
    User.objects.create_user(one)
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create_user(other)


@pytest.mark.parametrize("name", ["alice", "A1-ice_0", "vvornvv", "rrnn", "Il1oO0", "-x-"])
def test_the_database_and_the_code_see_the_same(db, name):
    User.objects.create_user(name)
    assert User.objects.get().skeleton == skeleton(name)


def test_the_old_name_leads_to_the_new_one_and_is_nobody_elses(api_of, client, alice, bob):
    answer = api_of(alice).patch("/api/me", {"username": "cellist"}, format="json")
    assert (answer.status_code, answer.json()["username"]) == (200, "cellist")
    moved = client.get("/live/Alice")
    assert (moved.status_code, moved["Location"]) == (301, "/live/cellist")
    assert client.get("/api/users/alice")["Location"] == "/api/users/cellist"
    assert client.get("/live/cellist").status_code == 200
    for name in ("alice", "a1ice"):
        refused = api_of(bob).patch("/api/me", {"username": name}, format="json")
        assert (refused.status_code, refused.json()["code"]) == (400, "invalid_input")
        assert "taken" in refused.json()["details"]["username"][0]
    bob.refresh_from_db()
    assert bob.username == "bob"


def test_a_change_is_recorded_without_the_names_that_erasure_could_not_remove(alice):
    username_change(user=alice, username="cellist")
    event = AuditEvent.objects.get(action="user.renamed")
    assert (event.actor_party_id, event.target) == (alice.party_id, f"user:{alice.pk}")
    assert (event.before, event.after) == (None, None)


def test_once_in_thirty_days(api_of, alice):
    username_change(user=alice, username="cellist")
    again = api_of(alice).patch("/api/me", {"username": "violist"}, format="json")
    assert (again.status_code, again.json()["code"]) == (409, "username_changed_lately")
    assert again.json()["details"]["again_at"]
    too_soon = time_machine.travel(timezone.now() + timedelta(days=29, hours=23), tick=False)
    with too_soon, pytest.raises(UsernameChangedLately):
        username_change(user=alice, username="violist")
    with time_machine.travel(timezone.now() + timedelta(days=30, hours=1), tick=False):
        username_change(user=alice, username="alice")
    assert list(HeldName.objects.values_list("username", flat=True)) == ["cellist"], (
        "one's own name is had again"
    )


@pytest.mark.parametrize("name", ["bob", "B0B", "admin", "adm1n", "bu-sk", "no", "a b", "---", "аlice"])
def test_what_will_not_do_changes_nothing(alice, bob, name):
    with pytest.raises(InvalidInput) as refusal:
        username_change(user=alice, username=name)
    assert set(refusal.value.details) == {"username"}
    alice.refresh_from_db()
    assert (alice.username, alice.username_changed_at) == ("alice", None)
    assert not HeldName.objects.exists()


def test_a_name_of_somebody_erased_is_free_in_the_end(alice):
    held = HeldName.objects.create(username="dana", held_until=timezone.now() + timedelta(days=30))
    with pytest.raises(InvalidInput):
        username_change(user=alice, username="dana")
    held_names_sweep()
    assert HeldName.objects.exists()
    HeldName.objects.filter(pk=held.pk).update(held_until=timezone.now() - timedelta(seconds=1))
    assert username_change(user=alice, username="dana").username == "dana"
    held_names_sweep()
    assert list(HeldName.objects.values_list("username", flat=True)) == ["alice"]


def test_nothing_else_of_a_person_can_be_set(api_of, alice):
    given = {"is_staff": True, "age_band": "18+", "email": "x@example.com", "approved_to_go_live": True}
    assert api_of(alice).patch("/api/me", given, format="json").status_code == 200
    alice.refresh_from_db()
    assert (alice.is_staff, alice.age_band, alice.email) == (False, "", "alice@example.com")
    assert not alice.approved_to_go_live
