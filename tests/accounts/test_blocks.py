"""Wanting nothing to do with somebody: at the doors, in the chat, in what one follows."""

import pytest

from accounts.blocks import block_create, block_delete
from accounts.models import Block, Follow
from accounts.selectors import blocked_either_way
from accounts.services import follow_create
from chat.services import message_send
from core.errors import Forbidden
from streams.access import Action, decide
from streams.models import ViewerSession
from tests.conftest import viewer_of


def test_blocking_and_unblocking_by_the_api(api_of, alice, bob):
    client = api_of(alice)
    url = f"/api/users/{bob.pk}/block"
    assert client.post(url).json() == {"blocking": True}
    assert client.post(url).json() == {"blocking": True}, "twice is once"
    (card,) = client.get("/api/me/blocks").json()["results"]
    assert card["username"] == "bob"
    assert api_of(bob).get("/api/me/blocks").json()["results"] == []
    assert client.delete(url).json() == {"blocking": False}
    assert client.delete(url).json() == {"blocking": False}


def test_nobody_blocks_themselves_and_strangers_are_asked_to_sign_in(api_of, api, alice):
    answer = api_of(alice).post(f"/api/users/{alice.pk}/block")
    assert (answer.status_code, answer.json()["code"]) == (409, "cannot_block_yourself")
    assert api.post(f"/api/users/{alice.pk}/block").status_code == 401
    assert api.get("/api/me/blocks").status_code == 401


def test_following_ends_both_ways_and_does_not_begin_again(alice, bob):
    follow_create(follower=alice, creator=bob)
    follow_create(follower=bob, creator=alice)
    block_create(blocker=alice, blocked=bob)
    assert not Follow.objects.exists()
    for one, other in ((alice, bob), (bob, alice)):
        with pytest.raises(Forbidden):
            follow_create(follower=one, creator=other)
    block_delete(blocker=alice, blocked=bob)
    follow_create(follower=bob, creator=alice)


def test_who_is_blocked_does_not_come_into_the_blockers_streams(live_stream, alice, bob, charlie, admin):
    for blocked in (bob, admin):
        block_create(blocker=alice, blocked=blocked)
    for action in (Action.ENTER, Action.CHAT):
        assert decide(viewer=viewer_of(bob), stream=live_stream, action=action).code == "forbidden"
        assert decide(viewer=viewer_of(charlie), stream=live_stream, action=action).allowed
        assert decide(viewer=viewer_of(admin), stream=live_stream, action=action).allowed, (
            "staff still looks after it"
        )
    assert decide(viewer=viewer_of(bob), stream=live_stream, action=Action.SEE).allowed


def test_blocking_a_creator_keeps_them_out_of_nothing_of_their_own(live_stream, alice, bob):
    block_create(blocker=bob, blocked=alice)
    assert decide(viewer=viewer_of(bob), stream=live_stream, action=Action.ENTER).allowed
    assert decide(viewer=viewer_of(alice), stream=live_stream, action=Action.CHAT).allowed


@pytest.mark.django_db(transaction=True)
def test_who_is_watching_is_out(live_stream, alice, bob):
    block_create(blocker=alice, blocked=bob)
    session = ViewerSession.objects.get(stream=live_stream, viewer_id=f"u:{bob.pk}")
    assert session.revoked_at is not None


def test_both_are_told_whom_not_to_show(api_of, live_stream, alice, bob, charlie):
    block_create(blocker=bob, blocked=charlie)
    block_create(blocker=charlie, blocked=bob)
    url = f"/api/streams/{live_stream.pk}/join"
    assert api_of(bob).post(url).json()["hidden_people"] == [str(charlie.pk)]
    assert api_of(charlie).post(url).json()["hidden_people"] == [str(bob.pk)]
    assert api_of(alice).post(url).json()["hidden_people"] == []
    assert set(blocked_either_way(alice)) == set()


def test_lists_of_messages_leave_the_other_out(api_of, api, live_stream, alice, bob, charlie):
    for user in (alice, bob, charlie):
        message_send(
            viewer=viewer_of(user), stream_id=live_stream.pk, client_id="1", text=f"from {user.username}"
        )
    block_create(blocker=bob, blocked=charlie)
    url = f"/api/streams/{live_stream.pk}/messages"

    def read_by(client):
        return [message["text"] for message in client.get(url).json()["results"]]

    assert read_by(api_of(bob)) == ["from bob", "from alice"]
    assert read_by(api_of(charlie)) == ["from charlie", "from alice"]
    assert len(read_by(api)) == 3


def test_the_channel_page_has_a_button_and_the_settings_undo_it(browser_of, alice, bob):
    client = browser_of(alice)
    assert f'action="/settings/blocks/{bob.pk}"' in client.get("/live/bob").content.decode()
    page = client.post(f"/settings/blocks/{bob.pk}", follow=True).content.decode()
    assert "Unblock" in page
    assert Block.objects.count() == 1
    client.post(f"/settings/blocks/{bob.pk}", {"undo": "1"})
    assert not Block.objects.exists()
    assert "Block" not in client.get("/live/alice").content.decode(), "not on one's own"
