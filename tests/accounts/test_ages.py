"""How old somebody is: asked once, kept as a band, and right again year after year."""

from datetime import date

import pytest
from django.utils import timezone

from accounts.ages import Age, age_of, bands_advance
from accounts.models import AgeBand, User
from accounts.selectors import old_enough_to_pay

TODAY = date(2026, 11, 20)
APP = "/_allauth/app/v1/auth/signup"


@pytest.mark.parametrize(
    ("born", "age"),
    [
        (date(2013, 11, 21), None),
        (date(2013, 11, 20), Age(AgeBand.FROM_13, 2030)),
        (date(2010, 11, 21), Age(AgeBand.FROM_13, 2027)),
        (date(2010, 11, 20), Age(AgeBand.FROM_16, 2029)),
        (date(2008, 11, 21), Age(AgeBand.FROM_16, 2027)),
        (date(2008, 11, 20), Age(AgeBand.ADULT, None)),
        (date(1950, 1, 1), Age(AgeBand.ADULT, None)),
    ],
)
def test_a_band_from_a_date(born, age):
    assert age_of(born=born, today=TODAY) == age


@pytest.mark.parametrize("born", [date(2012, 2, 29), date(2013, 1, 1), date(2010, 12, 31)])
def test_the_next_band_never_comes_before_the_birthday(born):
    for least in (16, 18):
        before = born.replace(year=born.year + least, day=min(born.day, 28))
        age = age_of(born=born, today=TODAY)
        assert age is not None
        assert age.next_band_year is not None
        year = age.next_band_year + (2 if least == 18 and age.band == AgeBand.FROM_13 else 0)
        assert date(year, 1, 1) > before


def test_bands_go_up_by_themselves_after_any_pause(make_user):
    young = make_user("young", age_band=AgeBand.FROM_13, next_band_year=2027)
    older = make_user("older", age_band=AgeBand.FROM_16, next_band_year=2028)
    assert bands_advance(today=date(2026, 12, 31)) == 0
    assert bands_advance(today=date(2027, 1, 1)) == 1
    young.refresh_from_db()
    assert (young.age_band, young.next_band_year) == (AgeBand.FROM_16, 2029)
    assert bands_advance(today=date(2031, 6, 1)) == 2
    for user in (young, older):
        user.refresh_from_db()
        assert (user.age_band, user.next_band_year) == (AgeBand.ADULT, None)


def test_one_who_was_away_for_years_passes_both_bands(make_user):
    young = make_user("young", age_band=AgeBand.FROM_13, next_band_year=2027)
    bands_advance(today=date(2030, 1, 1))
    young.refresh_from_db()
    assert (young.age_band, young.next_band_year) == (AgeBand.ADULT, None)


@pytest.mark.parametrize(("band", "may"), [("13-15", False), ("16-17", False), ("18+", True), ("", True)])
def test_paying_has_a_least_age(make_user, band, may):
    assert old_enough_to_pay(make_user("dana", age_band=band)) is may


def sign_up(client, born):
    given = {
        "username": "dana",
        "email": "d@example.com",
        "password": "correct horse battery",
        "date_of_birth": born,
    }
    return client.post(APP, given, content_type="application/json")


def test_an_app_gives_the_date_too_and_only_the_band_is_kept(client, db):
    assert sign_up(client, "2010-01-01").status_code == 200
    dana = User.objects.get(username="dana")
    assert dana.age_band in {AgeBand.FROM_16, AgeBand.ADULT}
    kept = " ".join(str(getattr(dana, field.attname)) for field in User._meta.concrete_fields)
    assert "2010-01-01" not in kept


@pytest.mark.parametrize("born", ["", "2099-01-01", "1800-01-01", "yesterday"])
def test_a_date_that_is_none_is_refused(client, db, born):
    answer = sign_up(client, born)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["param"] == "date_of_birth"
    assert not User.objects.exists()


def test_children_are_refused_calmly_and_leave_nothing(client, db):
    today = timezone.now().date()
    born = today.replace(year=today.year - 12, day=1).isoformat()
    (error,) = sign_up(client, born).json()["errors"]
    assert (error["code"], error["param"]) == ("too_young", "date_of_birth")
    form = {
        "username": "dana",
        "email": "d@example.com",
        "password1": "correct horse battery",
        "date_of_birth": born,
    }
    page = client.post("/accounts/signup/", form)
    assert "Busk is for people from 13 years on" in page.content.decode()
    assert not User.objects.exists()
