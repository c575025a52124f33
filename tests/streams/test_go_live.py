"""Who may go live is the operator's setting, and the refusal names the step that is missing."""

import pytest

from streams import access


def create(client):
    return client.post("/api/streams/create", {"title": "x"}, format="json")


def test_anyone_with_a_confirmed_address(api_of, alice, make_user):
    assert create(api_of(alice)).status_code == 201
    assert create(api_of(make_user("dora", confirmed=False))).json()["code"] == "email_unconfirmed"


def test_only_who_staff_approved(api_of, alice, bob, settings):
    settings.GO_LIVE = "approved"
    assert create(api_of(alice)).json() == {"code": "not_approved", "details": {"help": "ask_staff"}}
    bob.approved_to_go_live = True
    bob.save()
    assert create(api_of(bob)).status_code == 201


def test_only_who_can_be_paid(api_of, alice, settings, monkeypatch):
    settings.GO_LIVE = "payouts"
    assert create(api_of(alice)).json()["code"] == "payouts_not_ready"
    ready: set[object] = set()
    monkeypatch.setattr(access, "_payouts", [lambda user: user.pk in ready])
    assert create(api_of(alice)).json()["code"] == "payouts_not_ready"
    ready.add(alice.pk)
    assert create(api_of(alice)).status_code == 201


@pytest.mark.parametrize(("band", "status"), [("13-15", 403), ("16-17", 201), ("18+", 201), ("", 201)])
def test_a_least_age(api_of, make_user, settings, band, status):
    settings.GO_LIVE_LEAST_AGE = 16
    answer = create(api_of(make_user("teen", age_band=band)))
    assert answer.status_code == status
    if status == 403:
        assert answer.json() == {"code": "too_young", "details": {"least_age": 16}}


def test_it_is_asked_again_before_the_ingest(api_of, alice, stream, settings):
    settings.GO_LIVE = "approved"
    answer = api_of(alice).get(f"/api/streams/{stream.pk}/broadcast-token")
    assert (answer.status_code, answer.json()["code"]) == (403, "not_approved")
