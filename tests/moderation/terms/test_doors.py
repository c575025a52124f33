"""REST, the page and the admin: the same services behind each, and the same answers."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from config.roles import roles_sync
from core.models import AuditEvent
from moderation.modes.models import ChatModes
from moderation.team.models import TeamMember
from moderation.terms.models import Term, TermAction
from moderation.terms.services import term_add, terms_paste

pytestmark = pytest.mark.django_db

API = "/api/channels/alice/terms"
PAGE = "/studio/moderation/terms"
ADMIN = "/admin/moderation/term/"


@pytest.fixture
def lead(alice: User, make_user: Callable[..., User]) -> User:
    person = make_user("lena")
    TeamMember.objects.create(channel=alice, person=person, role="lead", accepted_at=timezone.now())
    return person


def test_the_list_by_rest(api_of: Callable[[User], APIClient], alice: User, lead: User) -> None:
    client = api_of(lead)
    added = client.post(API, {"text": "Plum*", "action": "timeout", "timeout_seconds": 60}, format="json")
    assert added.status_code == 201
    term = added.json()
    assert (term["text"], term["action"], term["timeout_seconds"]) == ("Plum*", "timeout", 60)
    again = client.post(API, {"text": "plum*"}, format="json")
    assert (again.status_code, again.json()["code"]) == (409, "term_exists")
    assert again.json()["details"]["id"] == term["id"]
    empty = client.post(API, {"text": "***"}, format="json")
    assert (empty.status_code, list(empty.json()["details"])) == (400, ["text"])
    pasted = client.post(f"{API}/paste", {"lines": ["pear", "PLUM*", "*"], "action": "mask"}, format="json")
    assert pasted.status_code == 200
    assert [row["text"] for row in pasted.json()["added"]] == ["pear"]
    assert (pasted.json()["known"], pasted.json()["refused"]) == (["PLUM*"], ["*"])
    listed = client.get(API).json()
    assert listed["most"] == 1_000
    assert [row["text"] for row in listed["terms"]] == ["pear", "Plum*"]
    assert client.delete(f"{API}/{term['id']}").status_code == 204
    assert client.delete(f"{API}/{term['id']}").status_code == 404
    assert [row["text"] for row in client.get(API).json()["terms"]] == ["pear"]


def test_strangers_learn_nothing(
    api: APIClient,
    api_of: Callable[[User], APIClient],
    browser_of: Callable[[User], Client],
    alice: User,
    bob: User,
) -> None:
    term = term_add(actor=alice, channel=alice, text="plum")
    for client, status in ((api, 401), (api_of(bob), 403)):
        for answer in (
            client.get(API),
            client.post(API, {"text": "pear"}, format="json"),
            client.post(f"{API}/paste", {"lines": ["pear"]}, format="json"),
            client.post(f"{API}/try", {"text": "plum"}, format="json"),
            client.delete(f"{API}/{term.pk}"),
        ):
            assert answer.status_code == status
            assert b"plum" not in answer.content
    browser = browser_of(bob)
    assert browser.get(f"{PAGE}?channel=alice").status_code == 404
    for door in ("add", "paste", "remove", "try"):
        shut = browser.post(f"{PAGE}/{door}?channel=alice", {"text": "pear", "term": term.pk})
        assert shut.status_code == 404
    assert [row.text for row in Term.objects.all()] == ["plum"]


@pytest.mark.parametrize(
    ("text", "becomes", "others_read", "reason", "piece"),
    [
        ("hello", "said", "hello", "", ""),
        ("a Plum a day", "masked", "a **** a day", "term", "Plum"),
        ("a p-e-a-r", "held", "", "term", "p-e-a-r"),
        ("fig", "refused", "", "term", "fig"),
        ("quince", "timed_out", "", "term", "quince"),
        ("see example.com", "held", "", "link", ""),
        ("you 1d10t", "held", "", "insult", "1d10t"),
    ],
)
def test_trying_says_what_would_become_of_a_text(
    api_of: Callable[[User], APIClient],
    alice: User,
    text: str,
    becomes: str,
    others_read: str,
    reason: str,
    piece: str,
) -> None:
    ChatModes.objects.create(channel=alice, links="hold", automod_level=3, slow_seconds=30, emote_only=True)
    for term, action in (("plum", "mask"), ("pear", "hold"), ("fig", "block"), ("quince", "timeout")):
        term_add(actor=alice, channel=alice, text=term, action=action)
    tried = api_of(alice).post(f"{API}/try", {"text": text}, format="json").json()
    assert (tried["becomes"], tried["text"]) == (becomes, others_read)
    assert (tried["reason"], tried["piece"]) == (reason, piece)
    assert tried["timeout_seconds"] == (600 if becomes == "timed_out" else None)


def test_the_page_adds_pastes_tries_and_removes(
    browser_of: Callable[[User], Client], alice: User, lead: User
) -> None:
    browser = browser_of(lead)
    query = "?channel=alice"
    added = browser.post(f"{PAGE}/add{query}", {"text": "plum", "action": "mask", "timeout_seconds": "600"})
    assert (added.status_code, added["Location"]) == (302, PAGE + query)
    twice = browser.post(f"{PAGE}/add{query}", {"text": "PLUM", "action": "block"})
    assert twice.status_code == 400
    assert "Your list has “plum” already" in twice.content.decode()
    assert 'value="PLUM"' in twice.content.decode(), "what was typed is still there"
    pasted = browser.post(
        f"{PAGE}/paste{query}", {"lines": "pear\r\nfig\r\n\r\nplum\r\n***", "action": "hold"}, follow=True
    )
    told = [str(message) for message in pasted.context["messages"]]
    assert told == [
        "2 terms added.",
        "1 was on the list already.",
        "1 line is too long, or has nothing to look for.",
    ]
    assert "On the list: 3 of 1000" in pasted.content.decode().replace("\u202f", "").replace(",", "")
    tried = browser.post(f"{PAGE}/try{query}", {"text": "a plum <b>"})
    assert "a **** &lt;b&gt;" in tried.content.decode()
    plum = Term.objects.get(text="plum")
    removed = browser.post(f"{PAGE}/remove{query}", {"term": plum.pk}, follow=True)
    assert "The term is off the list." in removed.content.decode()
    for gone in (plum.pk, "nonsense", ""):
        answer = browser.post(f"{PAGE}/remove{query}", {"term": gone}, follow=True)
        assert "not on the list any more" in answer.content.decode()
    assert [row.text for row in Term.objects.filter(channel=alice)] == ["fig", "pear"]


def test_a_long_list_has_pages_and_a_search(browser_of: Callable[[User], Client], alice: User) -> None:
    terms_paste(actor=alice, channel=alice, lines=[f"term{number:03}" for number in range(150)])
    browser = browser_of(alice)
    first = browser.get(PAGE).content.decode()
    assert ("term099" in first, "term100" in first, "1 of 2" in first) == (True, False, True)
    second = browser.get(f"{PAGE}?page=2").content.decode()
    assert ("term099" in second, "term149" in second) == (False, True)
    searched = browser.get(f"{PAGE}?q=TERM14").content.decode()
    assert ("term140" in searched, "term139" in searched) == (True, False)
    assert "150 of 1000" in searched.replace(",", "")
    assert browser.get(f"{PAGE}?channel=%00").status_code == 404
    assert "No term has this in it." in browser.get(f"{PAGE}?q=%00nothing").content.decode()


@pytest.fixture
def moderator(make_user: Callable[..., User], browser_of: Callable[[User], Client]) -> tuple[User, Client]:
    roles_sync()
    user = make_user("mona", is_staff=True)
    user.groups.add(Group.objects.get(name="moderation"))
    return user, browser_of(user)


def test_staff_keep_the_list_for_everywhere_in_the_admin(moderator: tuple[User, Client], alice: User) -> None:
    user, client = moderator
    channels = term_add(actor=alice, channel=alice, text="of alice")
    form = {"lines": "plum\r\npear\r\n***", "action": "timeout", "timeout_seconds": "60"}
    added = client.post(f"{ADMIN}add/", form, follow=True)
    told = [str(message) for message in added.context["messages"]]
    assert told == ["Added: 2.", "Nothing to search for, or too long: ***"]
    plum, pear = Term.objects.filter(channel=None).order_by("-text")
    assert (plum.text, plum.action, plum.timeout_seconds) == ("plum", TermAction.TIMEOUT, 60)
    event = AuditEvent.objects.get(action="term.added", target="terms:everywhere")
    assert (event.actor_party_id, event.channel_party_id) == (user.party_id, None)
    listed = client.get(ADMIN).content.decode()
    assert ("plum" in listed, "of alice" in listed) == (True, False)
    assert client.get(f"{ADMIN}{channels.pk}/change/").status_code == 302, "a channel's terms are its team's"
    assert client.get(f"{ADMIN}{plum.pk}/change/").status_code == 200
    assert client.post(f"{ADMIN}{plum.pk}/delete/", {"post": "yes"}).status_code == 302
    everything = {
        "action": "delete_selected",
        "_selected_action": [str(pear.pk), str(channels.pk)],
        "post": "yes",
    }
    client.post(ADMIN, everything)
    assert list(Term.objects.all()) == [channels]
    removed = AuditEvent.objects.filter(action="term.removed")
    assert {row.target for row in removed} == {f"term:{plum.pk}", f"term:{pear.pk}"}


def test_a_wrong_form_in_the_admin_adds_nothing(moderator: tuple[User, Client]) -> None:
    _user, client = moderator
    answer = client.post(f"{ADMIN}add/", {"lines": "plum", "action": "timeout", "timeout_seconds": "0"})
    assert answer.status_code == 200
    assert answer.context["adminform"].form.errors
    assert not Term.objects.exists()
