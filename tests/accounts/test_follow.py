import pytest

from accounts.errors import CannotFollowYourself
from accounts.models import Follow
from accounts.services import follow_create


def test_following_and_unfollowing_by_the_api(api_of, alice, bob):
    client = api_of(bob)
    url = f"/api/users/{alice.pk}/follow"
    assert client.post(url).json() == {"following": True, "followers": 1}
    assert client.post(url).json() == {"following": True, "followers": 1}, "twice is once"
    assert client.delete(url).json() == {"following": False, "followers": 0}
    assert client.delete(url).json() == {"following": False, "followers": 0}


def test_nobody_follows_themselves(api_of, alice):
    answer = api_of(alice).post(f"/api/users/{alice.pk}/follow")
    assert (answer.status_code, answer.json()["code"]) == (409, "cannot_follow_yourself")
    assert not Follow.objects.exists()


def test_an_anonymous_caller_is_asked_to_sign_in(api, alice):
    assert api.post(f"/api/users/{alice.pk}/follow").status_code == 401


def test_a_suspended_creator_is_not_found(api_of, alice, bob):
    alice.is_active = False
    alice.save(update_fields=["is_active"])
    assert api_of(bob).post(f"/api/users/{alice.pk}/follow").status_code == 404


def test_the_service_says_why(alice):
    with pytest.raises(CannotFollowYourself):
        follow_create(follower=alice, creator=alice)
