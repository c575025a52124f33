"""The second step of signing in: an authenticator app, recovery codes, passkeys; and devices that are signed out."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browsers import Visitors
from tests.e2e.test_every_page import problems_of
from tests.mobile.app import totp
from tests.servers import DEMO_PASSWORD, Busk

pytestmark = pytest.mark.e2e


def sign_in(page: Page, username: str) -> None:
    """Fill in the form, and go no further."""
    page.goto("/accounts/login/")
    page.get_by_label("Username or e-mail").fill(username)
    page.get_by_label("Password").fill(DEMO_PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def show_it_is_me(page: Page) -> None:
    expect(page.get_by_role("heading", name="Is it you?")).to_be_visible()
    page.get_by_label("Password").fill(DEMO_PASSWORD)
    page.get_by_role("button", name="Go on").click()


def test_an_authenticator_app_is_set_up_and_asked_for(visitors: Visitors) -> None:
    ada, axe = visitors.sign_in("ada"), Axe()
    ada.goto("/settings/profile")
    ada.get_by_role("link", name="Security").click()
    ada.get_by_role("link", name="Turn it on").click()
    found = problems_of(ada, axe)
    show_it_is_me(ada)
    expect(ada.get_by_alt_text("QR code")).to_be_visible()
    secret = ada.get_by_label("No camera?").input_value()
    ada.get_by_label("The code it shows now").fill("000000")
    ada.get_by_role("button", name="Turn it on").click()
    expect(ada.get_by_role("alert")).to_contain_text("Incorrect code")
    found += problems_of(ada, axe)
    ada.get_by_label("The code it shows now").fill(totp(secret))
    ada.keyboard.press("Enter")
    expect(ada.get_by_role("heading", name="Your recovery codes")).to_be_visible()
    found += problems_of(ada, axe)
    recovery_code = ada.locator(".recovery-codes li").first.inner_text()

    phone = visitors.come()
    sign_in(phone, "ada")
    expect(phone.get_by_role("heading", name="And the second step")).to_be_visible()
    found += problems_of(phone, axe)
    phone.get_by_label("Code").fill(recovery_code)
    phone.keyboard.press("Enter")
    expect(phone.get_by_label("Your account")).to_be_visible()

    ada.goto("/settings/security")
    expect(ada.get_by_text("9 of 10 left")).to_be_visible()
    found += problems_of(ada, axe)
    ada.get_by_role("button", name=re.compile("Sign out .*Chrome")).click()
    expect(ada.get_by_text("That device is signed out.")).to_be_visible()
    phone.goto("/settings/security")
    expect(phone.get_by_role("heading", name="Sign in")).to_be_visible()

    for link, heading in (("Turn it off", "Turn off the"), ("Make new ones", "Make new recovery codes")):
        ada.goto("/settings/security")
        ada.get_by_role("link", name=link).click()
        expect(ada.get_by_role("heading", name=heading)).to_be_visible()
        found += problems_of(ada, axe)
    assert not found, "\n".join(found)


def test_a_passkey_signs_in_alone(busk: Busk, visitors: Visitors) -> None:
    # Passkeys belong to a name; an address will not do.
    ben, axe = visitors.come(by=f"http://localhost:{busk.port}"), Axe()
    authenticator = ben.context.new_cdp_session(ben)
    authenticator.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True}
    options |= {"hasUserVerification": True, "isUserVerified": True, "automaticPresenceSimulation": True}
    authenticator.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    sign_in(ben, "ben")
    ben.goto("/settings/security")
    ben.get_by_role("link", name="Add a passkey").click()
    show_it_is_me(ben)
    found = problems_of(ben, axe)
    ben.get_by_label("What you call it").fill("My laptop")
    ben.get_by_label("Sign in with it alone").check()
    ben.get_by_role("button", name="Add it").click()
    expect(ben.get_by_role("heading", name="Your recovery codes")).to_be_visible()

    ben.context.clear_cookies()
    ben.goto("/accounts/login/")
    found += problems_of(ben, axe)
    ben.get_by_role("button", name="Use a passkey").click()
    expect(ben.get_by_label("Your account")).to_be_visible()

    ben.goto("/settings/security")
    expect(ben.get_by_text("My laptop")).to_be_visible()
    found += problems_of(ben, axe)
    ben.get_by_role("link", name="Rename My laptop").click()
    ben.get_by_role("link", name="Use a security key").click()
    expect(ben.get_by_role("heading", name="Is it you?")).to_be_visible()
    found += problems_of(ben, axe)
    ben.get_by_role("button", name="Use a passkey").click()
    found += problems_of(ben, axe)
    ben.get_by_label("What you call it").fill("Old laptop")
    ben.keyboard.press("Enter")
    ben.get_by_role("link", name="Remove Old laptop").click()
    found += problems_of(ben, axe)
    ben.get_by_role("button", name="Remove it").click()
    expect(ben.get_by_role("link", name="Add a passkey")).to_be_visible()
    expect(ben.get_by_text("Old laptop")).to_be_hidden()
    assert not found, "\n".join(found)
