"""Who joins a team, who says so, and what everybody's place in it is afterwards."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.blocks import block_create
from accounts.models import User
from core.models import AuditEvent
from moderation.errors import NotYourPlace
from moderation.policies import Rank, ranks_of
from moderation.team import services
from moderation.team.models import TeamMember
from moderation.team.services import (
    invitation_accept,
    member_invite,
    member_promote,
    member_remove,
    member_resign,
)

pytestmark = pytest.mark.django_db(transaction=True)
ApiOf = Callable[[User], APIClient]


def rank(channel: User, person: User) -> Rank:
    return ranks_of(channel_id=channel.pk, people={person.pk: person})[person.pk]


def joined(channel: User, person: User, role: str) -> None:
    member_invite(actor=channel, channel=channel, person=person, role=role)
    invitation_accept(person=person, channel=channel)


def trail() -> list[tuple[str, object, object]]:
    return [(event.action, event.before, event.after) for event in team_events()]


def team_events() -> QuerySet[AuditEvent]:
    return AuditEvent.objects.filter(action__startswith="team.").order_by("id")


def test_a_role_counts_from_when_it_is_accepted_until_it_is_given_back(
    api_of: ApiOf, alice: User, bob: User
) -> None:
    owner, invited = api_of(alice), api_of(bob)
    offered = owner.post("/api/channels/Alice/team", {"username": "@BOB", "role": "moderator"}, format="json")
    assert (offered.status_code, offered.json()["accepted_at"]) == (201, None)
    assert rank(alice, bob) == Rank.NOBODY
    assert invited.get("/api/me/teams").json()["teams"][0]["channel"]["username"] == "alice"
    assert invited.get("/api/channels/alice/team").json()["members"] == [], "an invitation is between the two"

    for _ in range(2):
        accepted = invited.post("/api/me/teams/alice/accept")
        assert (accepted.status_code, accepted.json()["role"]) == (200, "moderator")
    assert rank(alice, bob) == Rank.MODERATOR
    assert [row["user"]["username"] for row in invited.get("/api/channels/alice/team").json()["members"]] == [
        "bob"
    ]

    for _ in range(2):
        assert invited.delete("/api/me/teams/alice").status_code == 204
    assert rank(alice, bob) == Rank.NOBODY
    assert trail() == [
        ("team.invited", None, {"role": "moderator"}),
        ("team.accepted", None, {"role": "moderator"}),
        ("team.resigned", {"role": "moderator", "accepted": True}, None),
    ]
    assert {(event.channel_party_id, event.whom_party_id) for event in team_events()} == {
        (alice.party_id, bob.party_id)
    }


def test_a_role_is_changed_and_taken_away(api_of: ApiOf, alice: User, bob: User) -> None:
    joined(alice, bob, "vip")
    owner = api_of(alice)
    address = f"/api/channels/alice/team/{bob.pk}"
    assert owner.patch(address, {"role": "lead"}, format="json").json()["role"] == "lead"
    assert rank(alice, bob) == Rank.LEAD
    assert owner.patch(address, {"role": "king"}, format="json").status_code == 400
    for _ in range(2):
        assert owner.delete(address).status_code == 204
    assert rank(alice, bob) == Rank.NOBODY
    missing = owner.patch(address, {"role": "vip"}, format="json")
    assert (missing.status_code, missing.json()["code"]) == (404, "not_found")
    assert trail()[2:] == [
        ("team.promoted", {"role": "vip"}, {"role": "lead"}),
        ("team.removed", {"role": "lead", "accepted": True}, None),
    ]


def test_whoever_is_in_already_has_the_new_role_instead(alice: User, bob: User) -> None:
    joined(alice, bob, "vip")
    again = member_invite(actor=alice, channel=alice, person=bob, role="moderator")
    assert (again.role, again.accepted_at is not None) == ("moderator", True)
    member_invite(actor=alice, channel=alice, person=bob, role="moderator")
    assert [action for action, _, _ in trail()] == ["team.invited", "team.accepted", "team.promoted"]


@pytest.mark.parametrize("either_way", [False, True])
def test_who_blocked_each_other_are_no_team(api_of: ApiOf, alice: User, bob: User, either_way: bool) -> None:
    joined(alice, bob, "moderator")
    pair = (bob, alice) if either_way else (alice, bob)
    block_create(blocker=pair[0], blocked=pair[1])
    assert rank(alice, bob) == Rank.NOBODY, "whoever is blocked helps no more"
    refused = api_of(alice).post(
        "/api/channels/alice/team", {"user_id": str(bob.pk), "role": "vip"}, format="json"
    )
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")


def test_an_invitation_is_void_between_people_who_blocked_each_other(
    api_of: ApiOf, alice: User, bob: User
) -> None:
    member_invite(actor=alice, channel=alice, person=bob, role="vip")
    block_create(blocker=bob, blocked=alice)
    assert api_of(bob).post("/api/me/teams/alice/accept").status_code == 404


def test_a_team_has_an_end(
    api_of: ApiOf, alice: User, bob: User, charlie: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "MEMBERS_MOST", 1)
    member_invite(actor=alice, channel=alice, person=bob, role="vip")
    refused = api_of(alice).post(
        "/api/channels/alice/team", {"username": "charlie", "role": "vip"}, format="json"
    )
    assert (refused.status_code, refused.json()) == (409, {"code": "team_full", "details": {"most": 1}})
    member_resign(person=bob, channel=alice)
    member_invite(actor=alice, channel=alice, person=charlie, role="vip")


def test_only_the_owner_has_to_do_with_leads(
    api_of: ApiOf, make_user: Callable[..., User], alice: User, bob: User, charlie: User
) -> None:
    dora = make_user("dora")
    joined(alice, bob, "lead")
    member_invite(actor=alice, channel=alice, person=charlie, role="lead")
    lead = api_of(bob)
    answers = [
        lead.post("/api/channels/alice/team", {"username": "dora", "role": "lead"}, format="json"),
        lead.patch(f"/api/channels/alice/team/{charlie.pk}", {"role": "vip"}, format="json"),
        lead.delete(f"/api/channels/alice/team/{charlie.pk}"),
        lead.patch(f"/api/channels/alice/team/{bob.pk}", {"role": "vip"}, format="json"),
    ]
    assert [(answer.status_code, answer.json()["details"]["reason"]) for answer in answers] == [
        (403, "rank"),
        (403, "rank"),
        (403, "rank"),
        (403, "oneself"),
    ]
    assert TeamMember.objects.count() == 2
    joined_by_lead = lead.post(
        "/api/channels/alice/team", {"username": "dora", "role": "moderator"}, format="json"
    )
    assert joined_by_lead.status_code == 201
    assert dora.teams.get().invited_by_id == bob.party_id
    assert [row["role"] for row in lead.get("/api/channels/alice/team").json()["members"]] == [
        "lead",
        "lead",
        "moderator",
    ]


def test_nobody_is_named_twice_or_not_at_all(api_of: ApiOf, alice: User, bob: User) -> None:
    owner = api_of(alice)
    for who in ({}, {"username": "bob", "user_id": str(bob.pk)}):
        answer = owner.post("/api/channels/alice/team", {"role": "vip", **who}, format="json")
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")
    unknown = owner.post(
        "/api/channels/alice/team", {"username": "nobody-here", "role": "vip"}, format="json"
    )
    assert unknown.status_code == 404


def test_a_list_costs_the_same_however_long(
    api_of: ApiOf, make_user: Callable[..., User], alice: User
) -> None:
    client = api_of(alice)
    costs = []
    for size in (1, 8):
        while TeamMember.objects.count() < size:
            joined(alice, make_user(f"member{TeamMember.objects.count()}"), "vip")
        with CaptureQueriesContext(connection) as queries:
            client.get("/api/channels/alice/team")
        costs.append(len(queries))
    assert costs[0] == costs[1]


def test_whoever_was_removed_removes_nobody(alice: User, bob: User, charlie: User) -> None:
    joined(alice, bob, "lead")
    joined(alice, charlie, "vip")
    member_remove(actor=alice, channel=alice, person=bob)
    with pytest.raises(NotYourPlace):
        member_promote(actor=bob, channel=alice, person=charlie, role="moderator")
