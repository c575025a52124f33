"""The doors of the API, and those of other parts that a timeout and a ban close."""

import uuid

import pytest

from moderation.bans.models import Ban, Caution
from moderation.bans.services import person_ban, person_time_out, person_warn
from tests.payments.books import buy

pytestmark = pytest.mark.django_db
AT = "/api/channels/alice"


def test_banning_listing_and_unbanning(api_of, alice, moderator, bob, charlie):
    team, mine = api_of(moderator), api_of(bob)
    answer = team.put(f"{AT}/bans/{bob.pk}", {"reason": "spam"}, format="json")
    assert answer.status_code == 200
    assert (answer.json()["user"]["username"], answer.json()["until"]) == ("bob", None)
    assert team.put(f"{AT}/timeouts/{charlie.pk}", {}, format="json").json()["until"] is not None
    assert team.put(f"{AT}/timeouts/{bob.pk}", {}, format="json").json()["code"] == "is_banned"
    rows = team.get(f"{AT}/bans").json()["results"]
    assert [(row["user"]["username"], row["by"]["username"], row["asked"]) for row in rows] == [
        ("charlie", "max", None),
        ("bob", "max", None),
    ]
    assert [row["user"]["username"] for row in team.get(f"{AT}/bans?kind=ban").json()["results"]] == ["bob"]
    assert [row["user"]["username"] for row in team.get(f"{AT}/bans?q=charl").json()["results"]] == [
        "charlie"
    ]
    for path in (f"{AT}/bans", f"{AT}/unban-requests"):
        assert mine.get(path).json()["code"] == "not_your_place"
    refused = team.put(f"{AT}/bans/{charlie.pk}", {"with_networks": True}, format="json")
    assert (refused.status_code, refused.json()["code"]) == (403, "not_your_place")
    assert team.put(f"{AT}/bans/{uuid.uuid4()}", {}, format="json").status_code == 404
    for path in (f"{AT}/timeouts/{charlie.pk}", f"{AT}/bans/{bob.pk}", f"{AT}/bans/{bob.pk}"):
        assert team.delete(path).status_code == 204
    assert not Ban.objects.exists()


def test_warning_and_reading(api_of, alice, moderator, bob, charlie):
    warned = api_of(moderator).post(f"{AT}/warnings/{bob.pk}", {"reason": "no spoilers"}, format="json")
    assert warned.status_code == 201
    path = f"/api/me/cautions/{warned.json()['id']}/read"
    assert api_of(charlie).post(path).status_code == 404
    assert api_of(bob).post(path).json()["read_at"] is not None
    assert Caution.objects.get().read_at is not None


def test_asking_and_answering(api_of, alice, lead, moderator, bob):
    mine = api_of(bob)
    assert mine.post(f"{AT}/unban-requests", {"text": "please"}, format="json").json()["code"] == "not_banned"
    person_ban(actor=moderator, channel=alice, person=bob, reason="spam")
    assert mine.post(f"{AT}/unban-requests", {"text": "x" * 501}, format="json").status_code == 400
    asked = mine.post(f"{AT}/unban-requests", {"text": "please"}, format="json")
    assert (asked.status_code, asked.json()["state"]) == (201, "open")
    again = mine.post(f"{AT}/unban-requests", {"text": "please"}, format="json")
    assert (again.status_code, again.json()["code"]) == (409, "asked_already")
    (row,) = api_of(moderator).get(f"{AT}/unban-requests?state=open").json()["results"]
    assert (row["user"]["username"], row["text"], row["reason"]) == ("bob", "please", "spam")
    path = f"{AT}/unban-requests/{row['id']}/answer"
    for client, code in ((mine, "not_your_place"), (api_of(moderator), "not_your_place")):
        assert client.post(path, {"approve": True}, format="json").json()["code"] == code
    elsewhere = path.replace("alice", "bob")
    assert api_of(lead).post(elsewhere, {"approve": True}, format="json").status_code == 404
    answered = api_of(lead).post(path, {"approve": True, "answer": "Welcome"}, format="json")
    assert (answered.json()["state"], answered.json()["answer"]) == ("approved", "Welcome")
    assert api_of(alice).post(path, {"approve": False}, format="json").json()["code"] == "decided"
    assert not Ban.objects.exists()


@pytest.mark.parametrize("how", ["timeout", "warning"])
def test_who_is_silenced_gives_without_a_name_only(
    api_of,
    alice,
    moderator,
    bob,
    live_stream,
    catalogue,
    how,
):
    buy(bob, 100)
    mine = api_of(bob)
    path = f"/api/streams/{live_stream.pk}/gift"

    def gift(**more):
        body = {"gift": "rose", "quantity": 1, "request_id": str(uuid.uuid4())} | more
        return mine.post(path, body, format="json")

    assert gift().status_code == 201
    if how == "timeout":
        person_time_out(actor=moderator, channel=alice, person=bob, seconds=60)
        code = "timed_out"
    else:
        person_warn(actor=moderator, channel=alice, person=bob, reason="calm down")
        code = "cautioned"
    refused = gift()
    assert (refused.status_code, refused.json()["code"]) == (403, code)
    assert gift(anonymous=True).status_code == 201
    assert mine.post(f"/api/streams/{live_stream.pk}/join").status_code == 200
