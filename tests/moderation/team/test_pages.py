"""The page of a channel's team, and the page of the teams somebody is in."""

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import User
from moderation.policies import Rank, ranks_of
from moderation.team.services import invitation_accept, member_invite

pytestmark = pytest.mark.django_db(transaction=True)
BrowserOf = Callable[[User], Client]
TEAM, MINE = "/studio/moderation/team", "/settings/teams"


def rank(channel: User, person: User) -> Rank:
    return ranks_of(channel_id=channel.pk, people={person.pk: person})[person.pk]


def test_from_invited_to_removed(browser_of: BrowserOf, alice: User, bob: User) -> None:
    owner, helper = browser_of(alice), browser_of(bob)
    page = owner.post(f"{TEAM}/invite", {"username": " @Bob ", "role": "moderator"}, follow=True)
    assert "bob is asked to join." in page.content.decode()
    asked = helper.get(MINE).content.decode()
    assert "You are asked to join" in asked
    assert "Alice" in asked

    joined = helper.post(f"{MINE}/{alice.pk}", {"accept": "1"}, follow=True).content.decode()
    assert "You are in the team of Alice." in joined
    assert rank(alice, bob) == Rank.MODERATOR

    owner.post(f"{TEAM}/{bob.pk}", {"role": "lead"})
    assert rank(alice, bob) == Rank.LEAD
    owner.post(f"{TEAM}/{bob.pk}", {"role": "lead", "remove": "1"})
    assert rank(alice, bob) == Rank.NOBODY
    late = helper.post(f"{MINE}/{alice.pk}", {"accept": "1"}, follow=True).content.decode()
    assert "This invitation was taken back." in late


def test_declining_and_leaving(browser_of: BrowserOf, alice: User, bob: User) -> None:
    helper = browser_of(bob)
    for _ in range(2):
        member_invite(actor=alice, channel=alice, person=bob, role="vip")
        helper.post(f"{MINE}/{alice.pk}", {})
        assert not bob.teams.exists()


def test_a_lead_has_the_page_of_the_channel_and_no_more_choice_than_they_have(
    browser_of: BrowserOf, alice: User, bob: User, charlie: User
) -> None:
    for person, role in ((bob, "lead"), (charlie, "moderator")):
        member_invite(actor=alice, channel=alice, person=person, role=role)
        invitation_accept(person=person, channel=alice)
    page = browser_of(bob).get(f"{TEAM}?channel=alice").content.decode()
    assert "Team of Alice" in page
    assert 'value="lead"' not in page
    assert page.count('name="remove"') == 1, "charlie's, and not their own"
    assert browser_of(bob).post(f"{TEAM}/{charlie.pk}?channel=alice", {"role": "vip"})["Location"] == (
        f"{TEAM}?channel=alice"
    )
    assert rank(alice, charlie) == Rank.VIP
    refused = browser_of(bob).post(f"{TEAM}/invite?channel=alice", {"username": "x", "role": "lead"})
    assert refused.status_code == 400


@pytest.mark.parametrize("role", ["moderator", "vip", None])
def test_to_others_the_page_does_not_exist(
    browser_of: BrowserOf, alice: User, bob: User, role: str | None
) -> None:
    if role:
        member_invite(actor=alice, channel=alice, person=bob, role=role)
        invitation_accept(person=bob, channel=alice)
    client = browser_of(bob)
    assert client.get(f"{TEAM}?channel=alice").status_code == 404
    assert client.post(f"{TEAM}/invite?channel=alice", {"username": "bob", "role": "vip"}).status_code == 404
    assert client.get(TEAM).status_code == 200, "their own"


def test_what_is_wrong_is_said_beside_the_field(browser_of: BrowserOf, alice: User, bob: User) -> None:
    owner = browser_of(alice)
    for name, said in (("nobody-here", "Nobody has this name"), ("alice", "You may not do that")):
        page = owner.post(f"{TEAM}/invite", {"username": name, "role": "vip"})
        assert page.status_code == 400
        assert said in page.content.decode()


def test_a_stranger_is_asked_to_sign_in(client: Client, db: None) -> None:
    for address in (TEAM, MINE):
        assert client.get(address)["Location"].startswith("/accounts/login/")
