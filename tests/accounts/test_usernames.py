import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.urls import get_resolver

from accounts.models import User
from accounts.usernames import RESERVED, validators


def refused(username: str) -> bool:
    try:
        for validate in validators:
            validate(username)
    except ValidationError:
        return True
    return False


@pytest.mark.parametrize("username", ["abc", "a-b_c", "A" * 30, "123"])
def test_plain_names_are_fine(username):
    assert not refused(username)


@pytest.mark.parametrize(
    "username", ["ab", "A" * 31, "a b", "<b>x</b>", "a.b", "аlice", "abc\n", "", "Admin", "LIVE", "busk"]
)
def test_other_names_are_refused(username):
    assert refused(username)


def test_every_first_path_segment_is_reserved():
    roots = {str(pattern.pattern).lstrip("^").split("/")[0] for pattern in get_resolver().url_patterns}
    for include in get_resolver().url_patterns:
        if str(include.pattern) == "":
            roots |= {
                str(child.pattern).lstrip("^").split("/")[0] for child in getattr(include, "url_patterns", [])
            }
    roots = {root for root in roots if root and "<" not in root}
    assert {"live", "api", "accounts"} <= roots, "the test looks at the real addresses"
    assert roots <= RESERVED


def test_names_are_unique_without_case(make_user):
    make_user("Alice")
    with pytest.raises(IntegrityError):
        User.objects.create_user("aLICE", "other@example.com")


def test_an_erased_person_leaves_their_party(alice):
    party = alice.party
    alice.delete()
    party.refresh_from_db()
    assert not hasattr(party, "user")
