"""Invited streams: by name and by link, with expiry and count, and out again."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from streams.guests import invitation_accept, invitation_create
from streams.models import Guest, Invitation, Stream, ViewerSession
from streams.services import media_arrived, stream_create
from streams.sessions import viewer_merge


@pytest.fixture
def private(alice) -> Stream:
    stream, _ = stream_create(creator=alice, title="For friends", visibility="invited")
    media_arrived(stream_id=stream.pk)
    stream.refresh_from_db()
    return stream


@pytest.fixture
def link(private) -> str:
    return invitation_create(stream=private, most_guests=2, days=3)[1]


def accept(client, token: str):
    return client.post("/api/invitations/accept", {"token": token}, format="json")


def test_who_is_invited_by_name_gets_in_and_out_again(api_of, alice, bob, charlie, private):
    creator, url = api_of(alice), f"/api/streams/{private.pk}"
    assert api_of(bob).get(url).status_code == 404
    answer = creator.post(f"{url}/guests", {"username": "@Bob"}, format="json")
    assert (answer.status_code, answer.json()["username"]) == (201, "bob")
    assert creator.post(f"{url}/guests", {"username": "bob"}, format="json").status_code == 201
    assert [guest["username"] for guest in creator.get(f"{url}/guests").json()] == ["bob"]
    assert api_of(bob).post(f"{url}/join").status_code == 200
    assert api_of(charlie).get(url).status_code == 404

    assert creator.delete(f"{url}/guests/{answer.json()['id']}").status_code == 204
    assert api_of(bob).get(url).status_code == 404
    assert ViewerSession.objects.get(viewer_id=f"u:{bob.pk}").revoked_at is not None


def test_a_link_lets_in_as_many_as_it_is_for(api, api_of, alice, bob, charlie, make_user, private):
    made = api_of(alice).post(
        f"/api/streams/{private.pk}/invitations", {"most_guests": 2, "days": 1}, format="json"
    )
    assert made.status_code == 201
    page, _, token = made.json()["url"].partition("#")
    assert page.endswith("/invite"), "the secret stands behind the #, where no server sees it"
    assert token not in str(Invitation.objects.values().get())
    assert accept(api, token).json() == {"stream_id": str(private.pk), "stream_url": f"/stream/{private.pk}"}
    assert accept(api, token).status_code == 200, "again is no second place"
    assert accept(api_of(bob), token).status_code == 200
    assert accept(api_of(charlie), token).json()["code"] == "invitation_spent"
    assert accept(api_of(alice), token).status_code == 200, "the creator needs none"
    assert api.post(f"/api/streams/{private.pk}/join").status_code == 200
    assert api_of(charlie).get(f"/api/streams/{private.pk}").status_code == 404
    shown = api_of(alice).get(f"/api/streams/{private.pk}/invitations").json()
    assert [(row["guest_count"], row["most_guests"]) for row in shown] == [(2, 2)]
    assert "url" not in shown[0]


def test_a_link_expires(api, private, link):
    with time_machine.travel(timezone.now() + timedelta(days=3, seconds=1)):
        assert accept(api, link).status_code == 410


def test_a_revoked_link_lets_nobody_more_in(api, api_of, alice, bob, private, link):
    accept(api_of(bob), link)
    invitation = Invitation.objects.get()
    url = f"/api/streams/{private.pk}/invitations/{invitation.pk}"
    assert api_of(alice).delete(url).status_code == 204
    assert api_of(alice).delete(url).status_code == 404
    assert accept(api, link).status_code == 410
    assert api_of(bob).get(f"/api/streams/{private.pk}").status_code == 200, "who came stays"


def test_a_guessed_link_is_not_found(api, private):
    assert accept(api, "guessed").status_code == 404


def test_an_anonymous_guest_stays_one_after_signing_in(bob, private, link, anonymous):
    invitation_accept(viewer=anonymous, token=link)
    viewer_merge(anonymous_id="somebody", user_id=bob.pk, party_id=bob.party_id)
    assert Guest.objects.get().viewer_id == f"u:{bob.pk}"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("get", "guests", None),
        ("post", "guests", {"username": "charlie"}),
        ("get", "invitations", None),
        ("post", "invitations", {"most_guests": 1, "days": 1}),
    ],
)
def test_guests_are_the_creators_business(api_of, charlie, bob, live_stream, private, method, path, body):
    for client, stream, status in ((charlie, live_stream, 403), (charlie, private, 404)):
        answer = getattr(api_of(client), method)(f"/api/streams/{stream.pk}/{path}", body, format="json")
        assert answer.status_code == status


@pytest.mark.parametrize(
    "body", [{"most_guests": 0, "days": 1}, {"most_guests": 1001, "days": 1}, {"most_guests": 1, "days": 31}]
)
def test_a_link_has_bounds(api_of, alice, private, body):
    answer = api_of(alice).post(f"/api/streams/{private.pk}/invitations", body, format="json")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")


def test_inviting_nobody_says_so(api_of, alice, private):
    answer = api_of(alice).post(f"/api/streams/{private.pk}/guests", {"username": "nobody"}, format="json")
    assert answer.json() == {
        "code": "invalid_input",
        "details": {"username": ["There is nobody of this name."]},
    }


@pytest.mark.parametrize("size", [1, 12])
def test_the_list_of_guests_costs_the_same_at_any_size(
    api_of, alice, make_user, private, size, django_assert_num_queries
):
    for number in range(size):
        Guest.objects.create(stream=private, viewer_id=f"u:{number}", user=make_user(f"guest{number}"))
    client = api_of(alice)
    with django_assert_num_queries(5):  # user, stream, confirmed, a hold by staff, guests with users
        assert len(client.get(f"/api/streams/{private.pk}/guests").json()) == size
