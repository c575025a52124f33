"""The development outbox shows mails safely, newest first, and only in development."""

import os
import time
from pathlib import Path

import pytest
from django.core.mail import EmailMultiAlternatives, get_connection, send_mail
from django.test import Client
from django.urls import path
from pytest_django import Settings

from config.urls import urlpatterns as all_pages
from core import devmail
from core.devmail import mails_read

# The suite runs with DEBUG off, where the page is not routed.
urlpatterns = [path("dev/mail/", devmail.outbox, name="dev_mail"), *all_pages]
pytestmark = pytest.mark.urls(__name__)


@pytest.fixture
def outbox(settings: Settings, tmp_path: Path) -> Path:
    settings.DEBUG = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = tmp_path / "mail"
    return tmp_path / "mail"


def send(subject: str, body: str = "Hello") -> None:
    send_mail(subject, body, "busk@example.com", ["bob@example.com"])


def test_mails_come_newest_first(outbox: Path) -> None:
    for subject in ("one", "two", "three"):
        send(subject)
    assert [mail.subject for mail in mails_read(outbox)] == ["three", "two", "one"]
    assert [mail.subject for mail in mails_read(outbox, limit=2)] == ["three", "two"]


def test_files_come_by_their_time_and_not_by_their_name(outbox: Path) -> None:
    outbox.mkdir()
    for name, subject, age in (("a", "old", 60), ("b", "new", 0), ("c", "older", 120)):
        path = outbox / f"{name}.log"
        path.write_text(f"Subject: {subject}\n\nHello\n{'-' * 79}\n")
        seconds = time.time() - age
        os.utime(path, (seconds, seconds))
    assert [mail.subject for mail in mails_read(outbox)] == ["new", "old", "older"]


def test_mails_of_one_connection_are_told_apart(outbox: Path) -> None:
    with get_connection() as connection:
        for subject in ("first", "second"):
            EmailMultiAlternatives(subject, "Text", to=["bob@example.com"], connection=connection).send()
    assert [mail.subject for mail in mails_read(outbox)] == ["second", "first"]


def test_letters_beyond_ascii_and_html_alternatives_are_read(outbox: Path) -> None:
    mail = EmailMultiAlternatives("Grüße – ♪", "Zum Glück", to=["bob@example.com"])
    mail.attach_alternative("<b>Zum Glück</b>", "text/html")
    mail.send()
    (read,) = mails_read(outbox)
    assert (read.subject, read.body.strip()) == ("Grüße – ♪", "Zum Glück")


def test_links_can_be_followed_and_markup_is_only_text(outbox: Path, client: Client, db: None) -> None:
    send("<script>alert(1)</script>", "<img src=x onerror=alert(1)> http://testserver/confirm/abc:1/")
    page = client.get("/dev/mail/").content.decode()
    assert '<a href="http://testserver/confirm/abc:1/"' in page
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_an_empty_outbox_says_so(outbox: Path, client: Client, db: None) -> None:
    assert "No mail yet" in client.get("/dev/mail/").content.decode()


def test_without_debug_there_is_no_such_page(
    outbox: Path, client: Client, settings: Settings, db: None
) -> None:
    settings.DEBUG = False
    assert client.get("/dev/mail/").status_code == 404
