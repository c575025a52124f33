"""The page about one's own security."""

from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.test import Client

from accounts.models import User
from accounts.sign_in import device_name

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def sign_in(username: str, user_agent: str = FIREFOX) -> Client:
    client = Client(headers={"User-Agent": user_agent})
    client.post("/accounts/login/", {"login": username, "password": "correct horse"})
    return client


def device_of(client: Client) -> UserSession:
    return UserSession.objects.get(session_key=client.session.session_key)


def test_a_stranger_is_asked_to_sign_in(client: Client, db: None) -> None:
    assert client.get("/settings/security")["Location"] == "/accounts/login/?next=/settings/security"


@pytest.mark.parametrize("address", ["2fa", "2fa/webauthn", "sessions"])
def test_the_lists_of_allauth_lead_to_the_one_page(address: str, bob: User) -> None:
    assert sign_in("bob").get(f"/accounts/{address}/")["Location"] == "/settings/security"


def test_a_device_that_is_signed_out_is_out(bob: User) -> None:
    phone, laptop = sign_in("bob", "BuskApp/2.1"), sign_in("bob")
    page = laptop.get("/settings/security").content.decode()
    assert "Firefox on Linux" in page
    assert "BuskApp" in page
    answer = laptop.post(f"/settings/security/sessions/{device_of(phone).pk}/end", follow=True)
    assert "That device is signed out." in answer.content.decode()
    assert phone.get("/settings/security").status_code == 302
    assert laptop.get("/settings/security").status_code == 200


def test_signing_out_everywhere_else_keeps_this_one(bob: User) -> None:
    others, laptop = [sign_in("bob"), sign_in("bob")], sign_in("bob")
    laptop.post("/settings/security/sessions/end")
    assert [other.get("/settings/security").status_code for other in others] == [302, 302]
    assert laptop.get("/settings/security").status_code == 200


def test_the_devices_of_others_are_not_there(alice: User, bob: User) -> None:
    victim, thief = sign_in("alice"), sign_in("bob")
    answer = thief.post(f"/settings/security/sessions/{device_of(victim).pk}/end")
    assert answer.status_code == 404
    assert victim.get("/settings/security").status_code == 200


def test_a_password_changed_anywhere_signs_the_others_out(browser_of: Any, admin: User, bob: User) -> None:
    phone = sign_in("bob")
    form = {"password1": "battery staple 9", "password2": "battery staple 9", "usable_password": "true"}
    browser_of(admin).post(f"/admin/accounts/user/{bob.pk}/password/", form)
    assert phone.get("/settings/security").status_code == 302


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        (FIREFOX, "Firefox on Linux"),
        ("BuskApp/2.1", "BuskApp/2.1"),
        ("", ""),
        ("<b>" + "x" * 90, "<b>" + "x" * 57),
    ],
)
def test_devices_are_named_so_that_people_know_them(user_agent: str, name: str) -> None:
    assert device_name(user_agent) == name
