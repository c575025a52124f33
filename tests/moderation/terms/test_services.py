"""Changing a list: who may, what is refused, and that every process hears of it."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from os import environ
from uuid import UUID

import pytest
from django.contrib.auth.models import Permission
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from core.errors import DomainError, InvalidInput, NotFound
from core.models import AuditEvent
from moderation.errors import NotYourPlace
from moderation.team.models import TeamMember
from moderation.terms import matching, services
from moderation.terms.errors import TermExists, TooManyTerms
from moderation.terms.matching import filter_of, versions_of
from moderation.terms.models import Term, TermAction, TermsVersion
from moderation.terms.services import term_add, term_remove, terms_paste

pytestmark = pytest.mark.django_db
committed = pytest.mark.django_db(transaction=True)

# Another process with lists of its own: prints what becomes of the text for each line it reads.
OTHER = """
import os, sys
from uuid import UUID
from django.conf import settings
settings.DATABASES["default"]["NAME"] = os.environ["TERMS_DATABASE"]
import django
django.setup()
from moderation.terms.matching import filter_of
for line in sys.stdin:
    found = filter_of(UUID(sys.argv[1])).look(line)
    print(found.action if found else "said", flush=True)
"""


def found(channel: User, text: str) -> str:
    match = filter_of(channel.pk).look(text)
    return match.action if match else "said"


@pytest.fixture
def member(alice: User, make_user: Callable[..., User]) -> Callable[[str], User]:
    def member(role: str) -> User:
        person = make_user(role)
        TeamMember.objects.create(channel=alice, person=person, role=role, accepted_at=timezone.now())
        return person

    return member


def test_a_term_holds_in_its_channel_until_it_is_removed(alice: User, bob: User) -> None:
    term = term_add(actor=alice, channel=alice, text="  Plum ", action=TermAction.MASK)
    assert (term.text, term.folded, term.by_id) == ("Plum", "plum", alice.party_id)
    assert (found(alice, "a PLUM"), found(bob, "a PLUM")) == ("mask", "said")
    term_remove(actor=alice, channel=alice, term_id=term.pk)
    assert found(alice, "a PLUM") == "said"
    added, removed = AuditEvent.objects.filter(action__startswith="term.").order_by("at")
    assert (added.action, removed.action) == ("term.added", "term.removed")
    assert added.after == removed.before == {"term": "Plum", "action": "mask"}
    assert {added.target, removed.target} == {f"term:{term.pk}"}
    assert {added.channel_party_id, added.actor_party_id} == {alice.party_id}


def test_one_for_everywhere_holds_in_every_channel(alice: User, bob: User, admin: User) -> None:
    term_add(actor=alice, channel=alice, text="plum", action=TermAction.MASK)
    term = term_add(actor=admin, channel=None, text="plum", action=TermAction.TIMEOUT)
    assert (found(alice, "plum"), found(bob, "plum")) == ("timeout", "timeout"), "the strictest counts"
    match = filter_of(alice.pk).look("plum")
    assert match is not None
    assert (match.term_id, match.timeout_seconds) == (term.pk, 600)
    assert AuditEvent.objects.get(target=f"term:{term.pk}").channel_party_id is None
    term_remove(actor=admin, channel=None, term_id=term.pk)
    assert (found(alice, "plum"), found(bob, "plum")) == ("mask", "said")


@pytest.mark.parametrize("role", ["lead", "moderator", "vip"])
def test_only_lead_moderators_and_above_change_a_list(
    alice: User, bob: User, admin: User, member: Callable[[str], User], role: str
) -> None:
    theirs = term_add(actor=admin, channel=alice, text="plum")
    person = member(role)
    if role == "lead":
        term_remove(actor=person, channel=alice, term_id=theirs.pk)
        assert term_add(actor=person, channel=alice, text="plum").text == "plum"
        return
    for stranger in (person, bob):
        for act in (
            lambda who: term_add(actor=who, channel=alice, text="pear"),
            lambda who: terms_paste(actor=who, channel=alice, lines=["pear"]),
            lambda who: term_remove(actor=who, channel=alice, term_id=theirs.pk),
        ):
            with pytest.raises(NotYourPlace):
                act(stranger)
    assert list(Term.objects.values_list("text", flat=True)) == ["plum"]


def test_the_list_for_everywhere_is_staffs_whose_role_has_it(
    alice: User, admin: User, make_user: Callable[..., User]
) -> None:
    supporter = make_user("supporter", is_staff=True)
    term = term_add(actor=admin, channel=None, text="plum")
    for person in (alice, supporter):
        with pytest.raises(NotYourPlace):
            term_add(actor=person, channel=None, text="pear")
        with pytest.raises(NotYourPlace):
            term_remove(actor=person, channel=None, term_id=term.pk)
    supporter.user_permissions.add(Permission.objects.get(codename="add_term"))
    assert term_add(actor=User.objects.get(pk=supporter.pk), channel=None, text="pear").text == "pear"


def test_what_finds_the_same_is_there_once(alice: User, bob: User) -> None:
    first = term_add(actor=alice, channel=alice, text="Straße", action=TermAction.HOLD)
    for same in ("strasse", "STRASSE", "Stra\u200bße", "ｓｔｒａｓｓｅ"):
        with pytest.raises(TermExists) as refused:
            term_add(actor=alice, channel=alice, text=same)
        assert refused.value.details == {"id": str(first.pk), "term": "Straße", "action": "hold"}
    for other in ("strasse*", "*strasse", "strassen"):
        term_add(actor=alice, channel=alice, text=other)
    term_add(actor=bob, channel=bob, text="straße")


@pytest.mark.parametrize("text", ["", "   ", "*", "***", "\u200b", "* *", "x" * 101, "ﷺ" * 20])
def test_what_is_nothing_to_search_for_is_refused(alice: User, text: str) -> None:
    with pytest.raises(InvalidInput):
        term_add(actor=alice, channel=alice, text=text)
    assert not AuditEvent.objects.filter(action="term.added").exists()


@pytest.mark.parametrize(
    ("action", "seconds", "kept"),
    [("timeout", None, 600), ("timeout", 1, 1), ("timeout", 14 * 86_400, 14 * 86_400), ("block", 60, None)],
)
def test_a_timeout_has_a_length_and_nothing_else_has(
    alice: User, action: str, seconds: int | None, kept: int | None
) -> None:
    term = term_add(actor=alice, channel=alice, text="plum", action=action, timeout_seconds=seconds)
    term.refresh_from_db()
    assert term.timeout_seconds == kept


@pytest.mark.parametrize(
    ("action", "seconds"), [("timeout", 0), ("timeout", 14 * 86_400 + 1), ("shout", None)]
)
def test_other_actions_and_lengths_are_refused(alice: User, action: str, seconds: int | None) -> None:
    with pytest.raises(InvalidInput):
        term_add(actor=alice, channel=alice, text="plum", action=action, timeout_seconds=seconds)


def test_a_pasted_list_says_what_became_of_each_line(alice: User) -> None:
    term_add(actor=alice, channel=alice, text="plum", action=TermAction.MASK)
    lines = ["Pear", "", "  fig ", "PLUM", "pèar", "***", "x" * 101]
    pasted = terms_paste(actor=alice, channel=alice, lines=lines, action=TermAction.HOLD)
    assert [term.text for term in pasted.added] == ["Pear", "fig"]
    assert (pasted.known, pasted.refused) == (["PLUM", "pèar"], ["***", "x" * 101])
    assert (found(alice, "plum"), found(alice, "fig")) == ("mask", "hold")
    event = AuditEvent.objects.filter(action="term.added").order_by("-at").first()
    assert event is not None
    assert event.after == {"action": "hold", "terms": ["Pear", "fig"]}


def test_a_list_takes_no_more_than_it_may(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (services.TERMS_OF_CHANNEL, services.TERMS_EVERYWHERE) == (1_000, 10_000)
    monkeypatch.setattr(services, "TERMS_OF_CHANNEL", 3)
    terms_paste(actor=alice, channel=alice, lines=["one", "two"])
    with pytest.raises(TooManyTerms) as refused:
        terms_paste(actor=alice, channel=alice, lines=["three", "four"])
    assert refused.value.details == {"most": 3, "left": 1}
    term_add(actor=alice, channel=alice, text="three")
    with pytest.raises(TooManyTerms):
        term_add(actor=alice, channel=alice, text="four")
    assert Term.objects.count() == 3


@committed
def test_two_at_once_neither_pass_the_limit_nor_add_the_same(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "TERMS_OF_CHANNEL", 2)
    texts = ["plum", "PLUM", "pear", "fig", "plúm", "quince"]

    def add(text: str) -> str:
        try:
            term_add(actor=alice, channel=alice, text=text)
        except DomainError as error:
            return error.code
        finally:
            connections.close_all()
        return "added"

    with ThreadPoolExecutor(len(texts)) as pool:
        answers = list(pool.map(add, texts))
    assert answers.count("added") == Term.objects.count() == 2
    assert set(answers) <= {"added", "term_exists", "too_many_terms"}


def test_a_term_of_another_channel_is_not_there(alice: User, bob: User) -> None:
    term = term_add(actor=alice, channel=alice, text="plum")
    with pytest.raises(NotFound):
        term_remove(actor=bob, channel=bob, term_id=term.pk)
    with pytest.raises(NotFound):
        term_remove(actor=alice, channel=alice, term_id=UUID(int=1))


def test_no_version_ever_comes_back(alice: User, bob: User) -> None:
    seen = [versions_of(alice.pk)]
    assert seen == [(0, 0)], "what was always empty needs no row"
    term = term_add(actor=alice, channel=alice, text="plum")
    seen.append(versions_of(alice.pk))
    with transaction.atomic():
        term_add(actor=alice, channel=alice, text="pear")
        seen.append(versions_of(alice.pk))
        transaction.set_rollback(True)
    assert versions_of(alice.pk) == seen[1]
    term_add(actor=alice, channel=alice, text="fig")
    seen.append(versions_of(alice.pk))
    Term.objects.filter(pk=term.pk).update(text="quince")
    seen.append(versions_of(alice.pk))
    assert found(alice, "quince") == "block", "also what goes past the service is noticed"
    term.delete()
    seen.append(versions_of(alice.pk))
    assert len(set(seen)) == len(seen)
    Term.objects.filter(channel=alice).update(channel=bob)
    assert versions_of(alice.pk) not in seen
    assert TermsVersion.objects.count() == 2


def test_lists_are_read_once_until_they_change(alice: User, bob: User) -> None:
    terms_paste(actor=alice, channel=alice, lines=["plum", "pear"])
    versions = versions_of(alice.pk)
    filter_of(alice.pk, *versions)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert filter_of(alice.pk, *versions).look("a plum") is not None
        assert filter_of(bob.pk, 0, 0).look("a plum") is None
    assert len(queries) == 0
    term_add(actor=alice, channel=alice, text="fig")
    with CaptureQueriesContext(connection) as queries:
        assert filter_of(alice.pk, *versions_of(alice.pk)).look("a fig") is not None
    assert len(queries) == 2


def test_a_process_keeps_only_what_it_used_last(
    alice: User, bob: User, charlie: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = matching._Kept()
    monkeypatch.setattr(matching, "_kept", kept)
    monkeypatch.setattr(matching, "TERMS_KEPT", 4)
    for channel in (alice, bob, charlie):
        terms_paste(actor=channel, channel=channel, lines=["plum", "pear"])
    for channel in (alice, bob, alice, charlie):
        assert found(channel, "plum") == "block"
    assert list(kept._lists) == [alice.pk, charlie.pk]
    assert found(bob, "plum") == "block"


@contextmanager
def other_process(channel: User) -> Iterator[Callable[[str], str]]:
    """Another server process, which looks through texts for the channel."""
    process = subprocess.Popen(
        [sys.executable, "-c", OTHER, str(channel.pk)],
        env=environ
        | {
            "TERMS_DATABASE": str(connection.settings_dict["NAME"]),
            "DJANGO_SETTINGS_MODULE": "config.settings.test",
        },
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )

    def becomes(text: str) -> str:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(f"{text}\n")
        process.stdin.flush()
        return process.stdout.readline().strip()

    try:
        yield becomes
    finally:
        process.communicate()


@committed
def test_every_process_finds_a_new_term_in_the_next_line(alice: User, admin: User) -> None:
    with other_process(alice) as becomes:
        assert becomes("a plum") == "said"
        term = term_add(actor=alice, channel=alice, text="plum", action=TermAction.HOLD)
        assert becomes("a plum") == "hold"
        term_add(actor=admin, channel=None, text="plum", action=TermAction.BLOCK)
        assert becomes("a plum") == "block"
        term_remove(actor=alice, channel=alice, term_id=term.pk)
        assert becomes("a plum") == "block"
        Term.objects.all().delete()
        assert becomes("a plum") == "said"
