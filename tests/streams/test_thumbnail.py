import io
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from streams.errors import BadImage
from streams.thumbnails import SIZES, make_variants, thumbnail_set


def picture(size=(800, 600), *, image_format="PNG", **options) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "#b04").save(out, image_format, **options)
    return out.getvalue()


def test_three_webp_sizes_of_sixteen_to_nine():
    for name, content in make_variants(picture()).items():
        opened = Image.open(io.BytesIO(content))
        assert (opened.format, opened.size) == ("WEBP", SIZES[name])


def test_what_a_camera_wrote_into_the_file_is_gone():
    exif = Image.Exif()
    exif[0x010E] = "at my home address"
    for content in make_variants(picture(image_format="JPEG", exif=exif)).values():
        assert b"home address" not in content


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg onload=alert(1)>",
        b"GIF89a" + b"\0" * 20,
        picture()[:200],
        b"%PDF-1.4",
    ],
)
def test_what_is_no_picture_is_refused(content):
    with pytest.raises(BadImage):
        make_variants(content)


def test_too_many_bytes_and_too_many_pixels(settings):
    with pytest.raises(BadImage):
        make_variants(picture((9000, 9000)))
    settings.THUMBNAIL_MAX_BYTES = 1024
    with pytest.raises(BadImage):
        make_variants(picture() + b"\0" * 2000)


def test_a_stream_is_created_with_its_picture(api_of, alice):
    upload = SimpleUploadedFile("me.png", picture(), "image/png")
    answer = api_of(alice).post(
        "/api/streams/create", {"title": "x", "thumbnail": upload}, format="multipart"
    )
    assert answer.status_code == 201, answer.content
    urls = answer.json()["thumbnail"]
    assert set(urls) == set(SIZES)
    for url in urls.values():
        assert (Path(settings.MEDIA_ROOT) / url.removeprefix(settings.MEDIA_URL)).is_file()


def test_a_bad_picture_makes_no_stream(api_of, alice):
    upload = SimpleUploadedFile("me.png", b"not a picture", "image/png")
    answer = api_of(alice).post(
        "/api/streams/create", {"title": "x", "thumbnail": upload}, format="multipart"
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")
    assert "thumbnail" in answer.json()["details"]
    assert not alice.streams.exists()


@pytest.mark.parametrize(
    ("megabytes", "status", "code"), [(8.05, 400, "invalid_input"), (20, 413, "too_large")]
)
def test_too_many_bytes_are_refused_with_the_limit_and_make_no_stream(api_of, alice, megabytes, status, code):
    """A little too much is read and answered beside the field; far too much is not even read."""
    upload = SimpleUploadedFile("me.png", picture() + bytes(int(megabytes * 1024 * 1024)), "image/png")
    answer = api_of(alice).post(
        "/api/streams/create", {"title": "x", "thumbnail": upload}, format="multipart"
    )
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    details = answer.json()["details"]
    assert "8 MB" in details["thumbnail"][0] if status == 400 else details["limit_bytes"] > 8 * 1024 * 1024
    assert not alice.streams.exists()


def test_a_new_picture_removes_the_files_of_the_old_one(stream):
    thumbnail_set(stream_id=stream.pk, image=picture(), chosen=False)
    stream.refresh_from_db()
    old = Path(settings.MEDIA_ROOT) / stream.thumbnail
    thumbnail_set(stream_id=stream.pk, image=picture(), chosen=False)
    stream.refresh_from_db()
    assert not old.exists()
    assert (Path(settings.MEDIA_ROOT) / stream.thumbnail).is_dir()


def test_a_frame_does_not_replace_a_chosen_picture(stream):
    thumbnail_set(stream_id=stream.pk, image=picture(), chosen=True)
    stream.refresh_from_db()
    chosen = stream.thumbnail
    thumbnail_set(stream_id=stream.pk, image=picture(), chosen=False)
    stream.refresh_from_db()
    assert stream.thumbnail == chosen
    assert len(list((Path(settings.MEDIA_ROOT) / "thumbnails" / str(stream.pk)).iterdir())) == 1


def test_a_stranger_cannot_change_it(api_of, bob, stream):
    upload = SimpleUploadedFile("me.png", picture(), "image/png")
    answer = api_of(bob).post(f"/api/streams/{stream.pk}/thumbnail", {"image": upload}, format="multipart")
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
