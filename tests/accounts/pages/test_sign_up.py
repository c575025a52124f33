"""From nothing to a confirmed account, as a browser does it."""

import re
from html.parser import HTMLParser

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client

from accounts.models import User

pytestmark = pytest.mark.django_db
FORM = {
    "username": "dana",
    "email": "dana@example.com",
    "password1": "correct horse battery",
    "date_of_birth": "1990-05-01",
}


class Fields(HTMLParser):
    """The visible fields in the main part of a page: id -> attributes, and the ids that labels name."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.inputs: dict[str, dict[str, str | None]] = {}
        self.labelled: set[str | None] = set()
        self.feed(page[page.index("<main") : page.index("</main>")])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag in {"input", "textarea"} and found.get("type") != "hidden" and found.get("id"):
            self.inputs[str(found["id"])] = found
        if tag == "label":
            self.labelled.add(found.get("for"))


def sign_up(client: Client, **changes: str) -> str:
    response = client.post("/accounts/signup/", FORM | changes, follow=True)
    return response.content.decode()


def confirmation_link() -> str:
    found = re.search(r"http://testserver(/accounts/confirm-email/\S+)", str(mail.outbox[-1].body))
    assert found
    return found[1]


def test_a_new_person_is_told_to_look_into_the_mail_and_is_signed_in(client: Client) -> None:
    page = sign_up(client)
    assert "We sent you a link" in page
    assert "dana@example.com" in page
    assert client.session["_auth_user_id"] == str(User.objects.get(username="dana").pk)


def test_somebody_who_came_from_a_page_goes_back_there(client: Client) -> None:
    response = client.post("/accounts/signup/", FORM | {"next": "/creator/go-live"})
    assert response["Location"] == "/creator/go-live"


def test_the_link_confirms_and_the_notice_goes(client: Client) -> None:
    sign_up(client)
    assert "Confirm your e-mail to chat" in client.get("/accounts/email/").content.decode()
    link = confirmation_link()
    assert "Is this your e-mail?" in client.get(link).content.decode()
    assert not EmailAddress.objects.get().verified, (
        "following the link alone must not confirm: scanners follow links"
    )
    page = client.post(link, follow=True).content.decode()
    assert EmailAddress.objects.get().verified
    assert "dana@example.com is confirmed" in page
    assert "Confirm your e-mail to chat" not in page


def test_the_notice_sends_the_link_again_and_comes_back(client: Client) -> None:
    sign_up(client)
    came_from = {"next": "/accounts/email/?from=here"}
    assert f'name="next" value="{came_from["next"]}"' in client.get(came_from["next"]).content.decode()
    page = client.post("/settings/email/resend", came_from, follow=True)
    assert page.redirect_chain[-1][0] == came_from["next"]
    assert "We sent a link to dana@example.com" in page.content.decode()
    assert len(mail.outbox) == 2
    for _ in range(3):
        page = client.post("/settings/email/resend", came_from, follow=True)
    assert "We sent it several times already" in page.content.decode()
    assert len(mail.outbox) == 4


def test_the_way_back_leads_to_our_own_pages_only(client: Client) -> None:
    sign_up(client)
    response = client.post("/settings/email/resend", {"next": "https://evil.example/"})
    assert response["Location"] == "/accounts/confirm-email/"


def test_a_link_that_does_not_work_says_what_to_do(client: Client) -> None:
    page = client.get("/accounts/confirm-email/nonsense/").content.decode()
    assert "This link does not work" in page


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("username", "ad min", "Use 3 to 30 letters"),
        ("username", "admin", "This name is reserved"),
        ("email", "nowhere", "valid email address"),
        ("password1", "password", "too common"),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_at_the_top(
    client: Client, field: str, value: str, words: str
) -> None:
    page = sign_up(client, **{field: value})
    assert page.count(words) == 2
    fields = Fields(page).inputs
    assert fields[f"id_{field}"]["aria-invalid"] == "true"
    assert f"id_{field}_error" in str(fields[f"id_{field}"]["aria-describedby"])
    assert re.search(rf'id="id_{field}_error">[^<]*{words}', page)


def test_a_failed_sign_up_loses_nothing_but_the_password(client: Client) -> None:
    fields = Fields(sign_up(client, password1="password")).inputs
    assert fields["id_username"]["value"] == "dana"
    assert fields["id_email"]["value"] == "dana@example.com"
    assert "value" not in fields["id_password1"]


@pytest.mark.parametrize(
    ("address", "completes"),
    [
        ("/accounts/signup/", {"username", "email", "new-password", "bday"}),
        ("/accounts/login/", {"username", "current-password"}),
        ("/accounts/password/reset/", {"email"}),
    ],
)
def test_every_field_has_a_label_and_tells_password_managers_what_it_is(
    client: Client, address: str, completes: set[str]
) -> None:
    fields = Fields(client.get(address).content.decode())
    assert set(fields.inputs) <= fields.labelled
    assert {field["autocomplete"] for field in fields.inputs.values()} == completes


def test_signing_in_works_by_name_and_by_address_and_says_no_plainly(client: Client, bob: User) -> None:
    wrong = client.post("/accounts/login/", {"login": "bob", "password": "wrong"}).content.decode()
    assert "This did not go through" in wrong
    for login in ("bob", "BOB@example.com"):
        response = client.post("/accounts/login/", {"login": login, "password": "correct horse"})
        assert response["Location"] == "/live"
        client.post("/accounts/logout/")
        assert "_auth_user_id" not in client.session


def test_a_forgotten_password_is_replaced_by_the_link(client: Client, bob: User) -> None:
    page = client.post(
        "/accounts/password/reset/", {"email": "bob@example.com"}, follow=True
    ).content.decode()
    assert "Look in your mail" in page
    found = re.search(r"http://testserver(/accounts/password/reset/key/\S+)", str(mail.outbox[-1].body))
    assert found
    form = client.get(found[1], follow=True)
    address = form.redirect_chain[-1][0]
    new = {"password1": "another horse", "password2": "another horse"}
    assert "Your new password is set" in client.post(address, new, follow=True).content.decode()
    assert client.login(username="bob", password="another horse")
    assert "This link does not work" in client.get(found[1], follow=True).content.decode()


def test_an_unknown_address_is_answered_the_same(client: Client, bob: User) -> None:
    page = client.post("/accounts/password/reset/", {"email": "nobody@example.com"}, follow=True)
    assert "Look in your mail" in page.content.decode()


def test_mails_are_in_our_words(client: Client) -> None:
    sign_up(client)
    (message,) = mail.outbox
    assert message.subject == "Confirm your e-mail for Busk"
    assert "!" not in str(message.body).replace("/", "")


def test_the_password_is_changed_with_the_old_one(client: Client, bob: User) -> None:
    client.force_login(bob)
    form = {"oldpassword": "correct horse", "password1": "another horse", "password2": "other horse"}
    assert "same password" in client.post("/accounts/password/change/", form).content.decode()
    client.post("/accounts/password/change/", form | {"password2": "another horse"})
    assert client.login(username="bob", password="another horse")
