"""One's own account over the API, and what others read of it."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from PIL import Image

from accounts.models import User

BERLIN = {"name": "Berlin", "lat": 52.51704, "lon": 13.38886}


def test_a_stranger_has_no_me(api, db):
    assert api.get("/api/me").status_code == 401
    assert api.patch("/api/me", {"bio": "x"}, format="json").status_code == 401


def test_what_i_change_is_what_others_read(api_of, api, alice):
    client = api_of(alice)
    given = {
        "bio": "Cello.\n\nMostly.",
        "links": [{"label": "Site", "url": "https://alice.example"}],
        "place": BERLIN,
    }
    me = client.patch("/api/me", given, format="json").json()
    assert (me["email"], me["email_confirmed"], me["display_name"]) == ("alice@example.com", True, "Alice")
    read = api.get("/api/users/ALICE").json()
    assert (read["bio"], read["links"]) == (given["bio"], given["links"])
    assert read["place"] == {"name": "Berlin", "lat": 52.5, "lon": 13.4}
    assert not {"email", "age_band", "email_confirmed"} & read.keys()
    assert client.patch("/api/me", {"place": None}, format="json").json()["place"] is None


def test_one_thing_wrong_changes_nothing(api_of, alice):
    given = {"bio": "New", "place": {"name": "Nowhere", "lat": 91, "lon": 0}}
    refused = api_of(alice).patch("/api/me", given, format="json")
    assert (refused.status_code, set(refused.json()["details"])) == (400, {"place"})
    alice.refresh_from_db()
    assert alice.bio == ""


@pytest.mark.parametrize("lat", ["nan", "inf", -90.1, "north"])
def test_a_place_is_on_earth(api_of, alice, lat):
    given = {"place": {"name": "", "lat": lat, "lon": 0}}
    assert api_of(alice).patch("/api/me", given, format="json").status_code == 400


@pytest.mark.parametrize(
    "place",
    [{"place_lat": 52.51, "place_lon": 13.4}, {"place_lat": 52.5}, {"place_lat": 91.0, "place_lon": 1.0}],
)
def test_the_database_keeps_no_finer_place(alice, place):
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=alice.pk).update(**place)


def test_every_tenth_of_a_degree_can_be_kept(alice):
    for tenths in range(-1800, 1801, 7):
        User.objects.filter(pk=alice.pk).update(place_lat=0.0, place_lon=round(tenths / 10, 1))


def test_a_picture_comes_in_three_sizes_and_goes(api_of, api, alice):
    out = io.BytesIO()
    Image.new("RGB", (300, 200), "teal").save(out, "PNG")
    upload = SimpleUploadedFile("me.png", out.getvalue(), "image/png")
    client = api_of(alice)
    me = client.post("/api/me/picture", {"image": upload}, format="multipart").json()
    assert set(me["picture"]) == {"small", "medium", "large"}
    assert api.get("/api/users/alice").json()["avatar_url"] == me["picture"]["medium"]
    assert client.delete("/api/me/picture").json()["picture"] is None
    bad = SimpleUploadedFile("me.png", b"<svg>", "image/png")
    assert client.post("/api/me/picture", {"image": bad}, format="multipart").status_code == 400


def test_nobody_and_the_suspended_are_not_found(api, alice):
    assert api.get("/api/users/nobody").status_code == 404
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert api.get("/api/users/alice").status_code == 404


def test_the_page_takes_a_place_and_takes_it_back(browser_of, alice):
    client = browser_of(alice)
    form = {"display_name": "Alice", "bio": "", "link_label": [], "link_url": []}
    client.post(
        "/settings/profile", form | {"place_name": "Berlin", "place_lat": "52.517", "place_lon": "13.389"}
    )
    alice.refresh_from_db()
    assert (alice.place_name, alice.place_lat, alice.place_lon) == ("Berlin", 52.5, 13.4)
    client.post("/settings/profile", form)
    alice.refresh_from_db()
    assert (alice.place_name, alice.place_lat) == ("", None)


def test_the_name_is_changed_on_its_page(browser_of, alice, bob):
    client = browser_of(alice)
    assert "taken" in client.post("/settings/username", {"username": "bob"}).content.decode()
    page = client.post("/settings/username", {"username": "cellist"}, follow=True).content.decode()
    assert "Your name is changed" in page
    refused = client.post("/settings/username", {"username": "violist"})
    assert refused.status_code == 400
    assert "less than 30 days ago" in refused.content.decode()
