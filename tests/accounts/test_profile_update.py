import pytest

from accounts.services import place_set, profile_update
from core.errors import InvalidInput


def test_a_profile_is_kept_trimmed(alice):
    profile_update(
        user=alice,
        display_name="  Alice L. ",
        bio="Cello.",
        links=[{"label": "Site", "url": "https://example.org"}],
    )
    alice.refresh_from_db()
    assert (alice.name, alice.bio) == ("Alice L.", "Cello.")
    assert alice.links == [{"label": "Site", "url": "https://example.org"}]


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "example.org",
        "//example.org",
        "data:text/html,x",
        "https://",
        "ftp://x.org",
        "https://[x",
    ],
)
def test_only_web_addresses_are_links(alice, url):
    with pytest.raises(InvalidInput) as refusal:
        profile_update(user=alice, display_name="", bio="", links=[{"label": "x", "url": url}])
    assert "links" in refusal.value.details


def test_every_wrong_field_is_named_and_nothing_is_written(alice):
    with pytest.raises(InvalidInput) as refusal:
        profile_update(
            user=alice,
            display_name="x" * 51,
            bio="y" * 2001,
            links=[{"label": "x", "url": "https://x.org"}] * 9,
        )
    assert set(refusal.value.details) == {"display_name", "bio", "links"}
    alice.refresh_from_db()
    assert alice.display_name == "Alice"


def test_what_reverses_or_hides_a_text_is_not_kept(alice):
    evil = "\u202egnp.exe\u0007"
    links = [{"label": f"Site {evil}", "url": "https://x.org"}]
    profile_update(user=alice, display_name=f"Al\nice {evil}", bio=f"One\ntwo {evil}", links=links)
    place_set(user=alice, name=f"Berlin {evil}", lat=None, lon=None)
    alice.refresh_from_db()
    assert (alice.display_name, alice.bio) == ("Al ice gnp.exe", "One\ntwo gnp.exe")
    assert (alice.links[0]["label"], alice.place_name) == ("Site gnp.exe", "Berlin gnp.exe")
