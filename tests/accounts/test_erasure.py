"""Leaving for good: who it was is gone, what happened stays."""

from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts.blocks import block_create
from accounts.erasure import account_erase
from accounts.models import Block, Follow, HeldName, Party, User
from accounts.renames import name_held, username_change
from accounts.services import avatar_set, follow_create
from chat.services import message_send
from core.models import AuditEvent
from streams.access import Action, decide
from streams.models import Stream, StreamStatus, ViewerSession
from streams.selectors import stream_view_for
from streams.sessions import viewer_revoke
from streams.thumbnails import thumbnail_set
from tests.conftest import viewer_of
from tests.streams.test_thumbnail import picture

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_identity_goes_and_the_books_stay(live_stream, alice, bob, anonymous):
    avatar_set(user=alice, image=picture())
    thumbnail_set(stream_id=live_stream.pk, image=picture(), chosen=True)
    follow_create(follower=bob, creator=alice)
    block_create(blocker=alice, blocked=bob)
    message_send(viewer=viewer_of(alice), stream_id=live_stream.pk, client_id="1", text="Good evening")
    viewer_revoke(stream_id=live_stream.pk, viewer_id="a:x")
    party = alice.party
    account_erase(user=alice)

    assert not User.objects.filter(username="alice").exists()
    assert not Follow.objects.exists()
    assert not Block.objects.exists()
    assert not EmailAddress.objects.filter(email__startswith="alice").exists()
    media = Path(settings.MEDIA_ROOT)
    assert not (media / "avatars" / str(alice.pk)).exists()
    assert not list((media / "thumbnails" / str(live_stream.pk)).glob("*/*"))

    assert Party.objects.filter(pk=party.pk).exists()
    stream = Stream.objects.get()
    assert (stream.creator_id, stream.party_id, stream.status) == (None, party.pk, StreamStatus.ENDED)
    assert stream.settled_at is not None
    assert ViewerSession.objects.filter(stream=stream).exists()
    assert stream.messages.get().party_id == party.pk
    view = stream_view_for(viewer=anonymous, stream_id=stream.pk)
    assert (view.creator["username"], view.creator["display_name"]) == ("deleted", "Deleted user")


def test_what_they_left_can_still_be_looked_at_by_everybody(api, client, api_of, live_stream, alice, bob):
    message_send(viewer=viewer_of(alice), stream_id=live_stream.pk, client_id="1", text="Good evening")
    account_erase(user=alice)
    (message,) = api.get(f"/api/streams/{live_stream.pk}/messages").json()["results"]
    assert (message["user"]["name"], message["text"]) == ("Deleted user", "Good evening")
    assert api.get(f"/api/streams/{live_stream.pk}").json()["creator"]["display_name"] == "Deleted user"
    assert "Deleted user" in client.get(f"/stream/{live_stream.pk}").content.decode()
    assert client.get("/live/alice").status_code == client.get("/live/deleted").status_code == 404


def test_nobody_becomes_the_creator_of_what_has_none(live_stream, alice, anonymous, bob):
    account_erase(user=alice)
    stream = Stream.objects.get()
    for viewer in (anonymous, viewer_of(bob)):
        for action in (Action.PUBLISH, Action.MODERATE):
            assert decide(viewer=viewer, stream=stream, action=action).code == "forbidden"


def test_the_name_is_held_for_thirty_days(alice, bob):
    username_change(user=alice, username="cellist")
    account_erase(user=alice)
    assert name_held("alice")
    assert name_held("ce11ist", by_other_than=bob)
    assert not HeldName.objects.exclude(user=None).exists()
    with time_machine.travel(timezone.now() + timedelta(days=30, minutes=1), tick=False):
        assert username_change(user=bob, username="cellist").username == "cellist"


def test_it_is_recorded_without_saying_who(alice):
    account_erase(user=alice)
    event = AuditEvent.objects.get(action="user.erased")
    assert (event.actor_party_id, event.before, event.after) == (alice.party_id, None, None)


def sign_in(client):
    form = {"login": "alice", "password": "correct horse"}
    assert client.post("/accounts/login/", form).status_code == 302


def test_the_api_asks_for_a_recent_sign_in(client, api, alice):
    assert api.delete("/api/me").status_code == 401
    sign_in(client)
    with time_machine.travel(timezone.now() + timedelta(minutes=6)):
        refused = client.delete("/api/me")
    assert (refused.status_code, refused.json()["code"]) == (401, "reauthentication_required")
    assert User.objects.filter(pk=alice.pk).exists()
    assert client.delete("/api/me").status_code == 204
    assert not User.objects.filter(pk=alice.pk).exists()
    assert client.get("/api/me").status_code == 401
    assert not Session.objects.exists()


def test_no_device_stays_signed_in(client, alice):
    sign_in(client)
    assert Session.objects.count() == 1
    account_erase(user=alice)
    assert not Session.objects.exists()


def test_the_page_asks_for_the_name(client, alice):
    sign_in(client)
    assert (
        "This is not your username." in client.post("/settings/leave", {"username": "bob"}).content.decode()
    )
    assert User.objects.filter(pk=alice.pk).exists()
    page = client.post("/settings/leave", {"username": "Alice"}, follow=True)
    assert "Your account is deleted." in page.content.decode()
    assert not User.objects.filter(pk=alice.pk).exists()


def test_the_page_asks_for_the_password_after_a_while(client, alice):
    sign_in(client)
    with time_machine.travel(timezone.now() + timedelta(minutes=6)):
        asked = client.post("/settings/leave", {"username": "alice"})
    assert asked.status_code == 302
    assert "reauthenticate" in asked["Location"]
    assert User.objects.filter(pk=alice.pk).exists()
