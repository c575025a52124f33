"""Two people, one name, the same moment."""

import time

import pytest
from django.test import Client

from accounts import renames
from accounts.models import HeldName, User
from accounts.renames import username_change
from core.errors import InvalidInput
from tests.concurrency.racing import at_once

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]


def slowly(monkeypatch, name):
    real = getattr(renames, name)

    def slow(*args, **kwargs):
        time.sleep(0.2)
        return real(*args, **kwargs)

    monkeypatch.setattr(renames, name, slow)


def test_of_two_who_want_one_name_one_gets_it(alice, bob, monkeypatch):
    slowly(monkeypatch, "name_held")
    people, names = [alice, bob], ["cellist", "ce11ist"]
    outcomes = at_once(2, lambda n: username_change(user=people[n], username=names[n]))
    assert sum(isinstance(outcome, User) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, InvalidInput) for outcome in outcomes) == 1


def test_a_name_given_up_at_this_moment_is_held_all_the_same(alice, bob, monkeypatch):
    slowly(monkeypatch, "audit_record")

    def work(number):
        if number == 0:
            return username_change(user=alice, username="cellist")
        time.sleep(0.1)  # alice has written her new name and not yet committed
        return username_change(user=bob, username="alice")

    outcomes = at_once(2, work)
    assert isinstance(outcomes[0], User)
    assert isinstance(outcomes[1], InvalidInput)
    assert HeldName.objects.get().username == "alice"


def test_of_two_who_sign_up_with_one_name_one_gets_it(db):
    def sign_up(number):
        given = {
            "username": ["dana", "d-ana"][number],
            "email": f"d{number}@example.com",
            "password": "correct horse battery",
            "date_of_birth": "1990-05-01",
        }
        return (
            Client().post("/_allauth/app/v1/auth/signup", given, content_type="application/json").status_code
        )

    assert sorted(at_once(2, sign_up)) == [200, 400]
    assert User.objects.count() == 1
