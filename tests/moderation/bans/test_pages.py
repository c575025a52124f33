"""What the team sees of bans, and what who is banned sees, without a script."""

import pytest

from moderation.bans.models import Ban, UnbanRequest
from moderation.bans.services import person_ban, person_time_out, unban_answer, unban_ask

pytestmark = pytest.mark.django_db
PAGE = "/studio/moderation/bans"


def test_a_banned_viewer_reads_why_and_asks_once(browser_of, alice, lead, bob, charlie, live_stream):
    here = f"/stream/{live_stream.pk}"
    bobs = browser_of(bob)
    assert 'data-island="stream-player"' in bobs.get(here).content.decode()
    person_ban(actor=alice, channel=alice, person=bob, reason="spam <b>")
    shown = bobs.get(here).content.decode()
    assert "You are banned from this channel" in shown
    assert "spam &lt;b&gt;" in shown
    assert "Ask to be unbanned" in shown
    for island in ("stream-player", "room", "stream-bar", "gifts", "tips"):
        assert f'data-island="{island}"' not in shown
    assert "banned" not in browser_of(charlie).get(here).content.decode()
    assert "Ask to be unbanned" in bobs.get("/live/alice").content.decode()

    too_long = bobs.post("/live/alice/ban", {"text": "x" * 501})
    assert (too_long.status_code, UnbanRequest.objects.count()) == (400, 0)
    assert "x" * 501 in too_long.content.decode()
    answer = bobs.post("/live/alice/ban", {"text": "I am sorry", "next": here})
    assert (answer.status_code, answer["Location"]) == (302, here)
    assert bobs.post("/live/alice/ban", {"text": "please", "next": "https://evil.example/"})["Location"] == (
        "/live/alice"
    )
    assert [asked.text for asked in UnbanRequest.objects.all()] == ["I am sorry"]
    shown = bobs.get(here).content.decode()
    assert "I am sorry" in shown
    assert "Not yet." in shown
    unban_answer(actor=lead, request_id=UnbanRequest.objects.get().pk, approve=False, answer="Not this year")
    for page in (here, "/live/alice/ban"):
        shown = bobs.get(page).content.decode()
        assert "Not this year" in shown
        assert "Ask to be unbanned" not in shown
    assert browser_of(charlie).get("/live/alice/ban").status_code == 404


def test_the_team_finds_unbans_and_answers(browser_of, alice, lead, moderator, bob, charlie, make_user):
    dora = make_user("dora")
    person_ban(actor=moderator, channel=alice, person=bob, reason="spam")
    person_ban(actor=alice, channel=alice, person=dora)
    person_time_out(actor=moderator, channel=alice, person=charlie, reason="shouting")
    asked = unban_ask(person=bob, channel=alice, text="I am sorry")
    there = f"{PAGE}?channel=alice"
    assert browser_of(dora).get(there).status_code == 404
    assert browser_of(bob).get(PAGE).status_code == 200  # of one's own channel, where nobody is
    maxs = browser_of(moderator).get(there).content.decode()
    for words in ("bob", "dora", "charlie", "spam", "shouting", "I am sorry", "by max", "timed out until"):
        assert words in maxs
    assert 'name="approve"' not in maxs
    found = browser_of(lead).get(f"{there}&q=shout").content.decode()
    assert 'data-person="charlie"' in found
    assert 'data-person="dora"' not in found

    address = f"{PAGE}/requests/{asked.pk}?channel=alice"
    browser_of(moderator).post(address, {"approve": "1"})
    assert Ban.objects.filter(person=bob).exists()
    browser_of(lead).post(address, {"approve": "1", "answer": "Welcome back"})
    assert not Ban.objects.filter(person=bob).exists()
    assert browser_of(lead).post(f"{PAGE}/requests/{asked.pk}", {"approve": "1"}).status_code == 404

    gone = browser_of(moderator).post(f"{PAGE}/{charlie.pk}/lift?channel=alice")
    assert gone["Location"] == there
    assert list(Ban.objects.values_list("person__username", flat=True)) == ["dora"]
    assert browser_of(bob).post(f"{PAGE}/{dora.pk}/lift?channel=alice").status_code == 404


@pytest.mark.parametrize("size", [1, 5])
def test_the_page_costs_the_same_at_any_size(
    browser_of, alice, make_user, size, django_assert_max_num_queries
):
    for number in range(size):
        person = make_user(f"troll{number}")
        person_ban(actor=alice, channel=alice, person=person)
        unban_ask(person=person, channel=alice, text="please")
    alices = browser_of(alice)
    alices.get(PAGE)
    with django_assert_max_num_queries(9):
        assert alices.get(PAGE).content.decode().count("data-person") == 2 * size


def test_staff_see_bans_and_change_none(browser_of, admin, alice, bob):
    ban = person_ban(actor=alice, channel=alice, person=bob, reason="spam")
    unban_ask(person=bob, channel=alice, text="please")
    staff = browser_of(admin)
    shown = staff.get("/admin/moderation/ban/?q=bob").content.decode()
    assert "spam" in shown
    assert "/studio/moderation/bans?channel=alice&amp;q=bob" in shown
    assert "please" in staff.get("/admin/moderation/unbanrequest/").content.decode()
    assert staff.get(f"/admin/moderation/ban/{ban.pk}/change/").status_code == 200
    assert staff.post(f"/admin/moderation/ban/{ban.pk}/delete/").status_code == 403
    assert "banned from" in staff.get(f"/admin/accounts/user/{bob.pk}/change/").content.decode()
    assert staff.get("/studio/moderation/bans?channel=alice").status_code == 200
