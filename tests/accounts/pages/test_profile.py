"""The page where people say who they are."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from accounts.models import AVATAR_SIZES, User

ADDRESS = "/settings/profile"
BrowserOf = Callable[[User], Client]


def picture(side: int = 400) -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", (side, side // 2), "teal").save(out, "PNG")
    return SimpleUploadedFile("me.png", out.getvalue(), "image/png")


def form(**changes: object) -> dict[str, object]:
    return {"display_name": "Bob", "bio": "", "link_label": [], "link_url": [], **changes}


def test_a_stranger_is_asked_to_sign_in(client: Client, db: None) -> None:
    assert client.get(ADDRESS)["Location"] == f"/accounts/login/?next={ADDRESS}"


def test_what_is_saved_is_what_others_read(browser_of: BrowserOf, bob: User) -> None:
    client = browser_of(bob)
    links = {"link_label": ["Site", "", " "], "link_url": ["https://bob.example", "", ""]}
    page = client.post(ADDRESS, form(bio="I listen.", **links), follow=True).content.decode()
    assert "Your profile is saved." in page
    bob.refresh_from_db()
    assert (bob.display_name, bob.bio) == ("Bob", "I listen.")
    assert bob.links == [{"label": "Site", "url": "https://bob.example"}]


def test_a_failed_save_keeps_what_was_typed_and_changes_nothing(browser_of: BrowserOf, bob: User) -> None:
    links = {"link_label": ["Bad"], "link_url": ["javascript:alert(1)"]}
    response = browser_of(bob).post(ADDRESS, form(bio="New words", **links))
    page = response.content.decode()
    assert response.status_code == 400
    assert "use a full address" in page
    assert "New words" in page
    assert 'value="javascript:alert(1)"' in page
    bob.refresh_from_db()
    assert (bob.display_name, bob.bio, bob.links) == ("", "", [])


def test_a_field_that_is_wrong_is_marked(browser_of: BrowserOf, bob: User) -> None:
    page = browser_of(bob).post(ADDRESS, form(bio="x" * 2001)).content.decode()
    assert 'aria-describedby=" id_bio_error" aria-invalid="true"' in " ".join(page.split())


def test_a_name_is_text_and_never_markup(browser_of: BrowserOf, bob: User) -> None:
    page = browser_of(bob).post(ADDRESS, form(display_name="<b>Bob</b>"), follow=True).content.decode()
    assert "<b>Bob</b>" not in page
    assert "&lt;b&gt;Bob&lt;/b&gt;" in page


def test_a_picture_is_cut_to_squares_and_made_anew(browser_of: BrowserOf, bob: User) -> None:
    client = browser_of(bob)
    client.post(ADDRESS, form(avatar=picture()))
    bob.refresh_from_db()
    for name, (width, height) in AVATAR_SIZES.items():
        with Image.open(Path(settings.MEDIA_ROOT) / bob.avatar / f"{name}.webp") as saved:
            assert (saved.format, saved.size) == ("WEBP", (width, height))
    first = bob.avatar
    client.post(ADDRESS, form(avatar=picture()))
    bob.refresh_from_db()
    assert bob.avatar != first


@pytest.mark.django_db(transaction=True)
def test_the_old_picture_is_not_kept(browser_of: BrowserOf, bob: User) -> None:
    client = browser_of(bob)
    client.post(ADDRESS, form(avatar=picture()))
    bob.refresh_from_db()
    folder = Path(settings.MEDIA_ROOT) / bob.avatar
    assert folder.is_dir()
    client.post(ADDRESS, form(remove_avatar="on"))
    bob.refresh_from_db()
    assert not bob.avatar
    assert not folder.exists()


@pytest.mark.parametrize(
    ("upload", "words"),
    [
        (SimpleUploadedFile("me.png", b"<svg onload=alert(1)>"), "no picture we can read"),
        (SimpleUploadedFile("me.png", b"\0" * (8 * 1024 * 1024 + 1)), "this one has 8.0 MB"),
        (SimpleUploadedFile("me.png", b""), "no picture we can read"),
    ],
    ids=["not a picture", "too big", "empty"],
)
def test_what_is_no_picture_is_refused_and_nothing_of_the_form_is_saved(
    browser_of: BrowserOf, bob: User, upload: SimpleUploadedFile, words: str
) -> None:
    upload.seek(0)
    response = browser_of(bob).post(ADDRESS, form(bio="New", avatar=upload))
    assert response.status_code == 400
    assert words in response.content.decode()
    bob.refresh_from_db()
    assert (bob.bio, bob.avatar) == ("", "")
