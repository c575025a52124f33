"""Signing in as an app and as a browser: who is let in, who has to wait, and what is kept about it."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import User
from accounts.security import recent_sign_in_required
from core.models import AuditEvent
from streams.models import Stream, StreamKey

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse"
APP = "/_allauth/app/v1/"


def app_sign_in(client: APIClient, username: str, password: str = PASSWORD) -> Any:
    return client.post(f"{APP}auth/login", {"username": username, "password": password}, format="json")


@pytest.fixture
def app_of() -> Callable[[User], APIClient]:
    """A client of the API with somebody's session token, and no cookie."""

    def signed_in(user: User) -> APIClient:
        token = app_sign_in(APIClient(), user.username).json()["meta"]["session_token"]
        return APIClient(headers={"X-Session-Token": token}, enforce_csrf_checks=True)

    return signed_in


AppOf = Callable[[User], APIClient]


def actions(user: User) -> list[str]:
    events = AuditEvent.objects.filter(target=f"user:{user.pk}").order_by("id")
    return [event.action for event in events]


def test_a_token_is_as_good_as_a_cookie_and_needs_no_csrf_token(
    app_of: AppOf, alice: User, bob: User
) -> None:
    app = app_of(bob)
    assert app.post(f"/api/users/{alice.pk}/follow").json() == {"following": True, "followers": 1}
    assert app.post("/api/streams/create", {"title": "x"}, format="json").status_code == 201


def test_a_cookie_without_a_csrf_token_writes_nothing(alice: User, bob: User) -> None:
    browser = APIClient(enforce_csrf_checks=True)
    browser.force_login(bob)
    assert browser.post(f"/api/users/{alice.pk}/follow").json()["code"] == "csrf_failed"


def test_nobody_is_answered_401_with_how_to_sign_in(api: APIClient) -> None:
    response = api.post("/api/tickets")
    assert (response.status_code, response.json()["code"]) == (401, "not_signed_in")
    assert response["WWW-Authenticate"] == "Session"


@pytest.mark.parametrize("token", ["", "x" * 32, "x" * 300, "\u00e9"])
def test_a_token_that_is_none_is_refused_also_where_anybody_may_read(api: APIClient, token: str) -> None:
    response = api.get("/api/streams/live", headers={"X-Session-Token": token})
    assert (response.status_code, response.json()["code"]) == (401, "not_signed_in")


def test_half_a_sign_in_is_none(bob: User) -> None:
    Authenticator.objects.create(user=bob, type="totp", data={"secret": "A" * 32})
    answer = app_sign_in(APIClient(), "bob")
    assert answer.status_code == 401
    token = answer.json()["meta"]["session_token"]
    assert APIClient(headers={"X-Session-Token": token}).post("/api/tickets").status_code == 401


def test_allauth_describes_itself(client: Client) -> None:
    described = client.get("/_allauth/openapi.json")
    assert "/_allauth/{client}/v1/auth/login" in described.json()["paths"]


@pytest.mark.parametrize("door", ["app", "browser", "page"])
def test_who_guesses_waits(client: Client, bob: User, door: str) -> None:
    def guess(password: str) -> Any:
        if door == "page":
            return client.post("/accounts/login/", {"login": "bob", "password": password})
        address = f"/_allauth/{door}/v1/auth/login"
        content = {"username": "bob", "password": password}
        return client.post(address, content, content_type="application/json")

    for number in range(5):
        assert guess(f"guess {number}").status_code != 429
    refused = guess(PASSWORD)
    assert (refused.status_code, refused["Retry-After"]) == (429, "300")
    assert "_auth_user_id" not in client.session
    assert actions(bob) == ["user.sign_in_failed"] * 5


def test_too_many_of_anything_says_when_to_come_back(client: Client) -> None:
    for _ in range(20):
        client.post(f"{APP}auth/signup", {}, content_type="application/json")
    refused = client.post(f"{APP}auth/signup", {}, content_type="application/json")
    assert (refused.status_code, refused["Retry-After"]) == (429, "60")


def test_staff_sign_in_where_everybody_does(client: Client, browser_of: Any, bob: User, admin: User) -> None:
    assert client.get("/admin/")["Location"] == "/admin/login/?next=/admin/"
    login = client.get("/admin/login/?next=/admin/")
    assert login["Location"] == "/accounts/login/?next=%2Fadmin%2F"
    posted = client.post("/admin/login/", {"username": "staffer", "password": PASSWORD})
    assert posted["Location"].startswith("/accounts/login/")
    assert "_auth_user_id" not in client.session
    assert browser_of(bob).get("/admin/login/").status_code == 403
    assert browser_of(admin).get("/admin/").status_code == 200


def age_sign_in(client: APIClient, seconds: int) -> None:
    """As if the sign-in behind this client's token had been so long ago."""
    token = client.request().wsgi_request.headers["X-Session-Token"]
    session = Client().session.__class__(token)
    session["account_authentication_methods"] = [
        record | {"at": time.time() - seconds} for record in session["account_authentication_methods"]
    ]
    session.save()


def test_a_new_stream_key_asks_again_who_it_is(app_of: AppOf, alice: User, stream: Stream) -> None:
    app, before = app_of(alice), stream.stream_key_id
    age_sign_in(app, seconds=301)
    refused = app.post("/api/streams/key/reset")
    assert (refused.status_code, refused.json()["code"]) == (401, "reauthentication_required")
    again = app.post(f"{APP}auth/reauthenticate", {"password": PASSWORD}, format="json")
    assert again.status_code == 200

    reset = app.post("/api/streams/key/reset")

    assert reset.status_code == 200
    assert reset["Cache-Control"] == "no-store"
    stream.refresh_from_db()
    valid = StreamKey.objects.get(creator=alice, revoked_at=None)
    assert stream.stream_key_id == valid.pk != before
    assert reset.json()["stream_key"].endswith(valid.last_four)
    assert actions(alice)[-1] == "stream_key.reset"
    assert reset.json()["stream_key"] not in str(AuditEvent.objects.values_list("before", "after", "reason"))


def test_a_fresh_sign_in_needs_no_second_one(app_of: AppOf, alice: User, stream: Stream) -> None:
    assert app_of(alice).post("/api/streams/key/reset").status_code == 200


def test_a_page_that_asks_again_leads_there_and_back(client: Client, rf: Any, alice: User) -> None:
    client.force_login(alice)  # without a record of how, so it does not count as recent
    request = client.get("/settings/security").wsgi_request
    from allauth.core.exceptions import ReauthenticationRequired

    with pytest.raises(ReauthenticationRequired):
        recent_sign_in_required(lambda request: None)(request)  # type: ignore[arg-type, return-value]


def test_what_happens_to_an_account_is_on_record_without_secrets(client: Client, bob: User) -> None:
    client.post("/accounts/login/", {"login": "bob", "password": "hunter2"})
    client.post("/accounts/login/", {"login": "bob", "password": PASSWORD})
    form = {"oldpassword": PASSWORD, "password1": "battery staple", "password2": "battery staple"}
    client.post("/accounts/password/change/", form)
    token = app_sign_in(APIClient(), "bob", "battery staple").json()["meta"]["session_token"]
    client.post("/settings/security/sessions/end")
    client.post("/accounts/logout/")
    assert actions(bob) == [
        "user.sign_in_failed",
        "user.signed_in",
        "user.password_changed",
        "user.signed_in",
        "user.session_revoked",
        "user.signed_out",
    ]
    kept = str(list(AuditEvent.objects.values_list("before", "after", "reason", "target")))
    for secret in ("hunter2", PASSWORD, "battery staple", token):
        assert secret not in kept


def test_a_name_that_is_no_account_is_not_kept(client: Client) -> None:
    client.post("/accounts/login/", {"login": "my password by mistake", "password": "x"})
    assert AuditEvent.objects.get().target == "user:unknown"


@pytest.mark.django_db(transaction=True)
def test_a_second_step_that_comes_or_goes_is_on_record(client: Client, bob: User) -> None:
    from tests.mobile.app import totp

    client.post("/accounts/login/", {"login": "bob", "password": PASSWORD})
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    page = client.get("/accounts/2fa/totp/activate/")
    client.post("/accounts/2fa/totp/activate/", {"code": totp(page.context["form"].secret)})
    client.post("/accounts/2fa/totp/deactivate/")
    events = AuditEvent.objects.filter(action__contains="second_factor").order_by("id")
    assert sorted((event.action, event.after["type"]) for event in events if event.after) == [
        ("user.second_factor_added", "recovery_codes"),
        ("user.second_factor_added", "totp"),
        ("user.second_factor_removed", "recovery_codes"),
        ("user.second_factor_removed", "totp"),
    ]


def test_a_second_step_needs_a_confirmed_address(browser_of: Any, make_user: Any) -> None:
    dana = make_user("dana", confirmed=False)
    page = browser_of(dana).get("/accounts/2fa/totp/activate/", follow=True)
    assert "Confirm your e-mail first." in page.content.decode()
    assert not EmailAddress.objects.get(user=dana).verified
