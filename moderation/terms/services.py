"""Changing the lists of terms: a channel's by its lead moderators, the one for everywhere by staff."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts.models import User
from core.audit import audit_record
from core.errors import InvalidInput, NotFound
from core.locks import lock_until_commit
from core.text import said
from moderation.errors import NotYourPlace
from moderation.policies import Act, require
from moderation.rooms import rooms_turn
from moderation.terms.errors import TermExists, TooManyTerms
from moderation.terms.models import EVERYWHERE, Term, TermAction
from moderation.terms.patterns import pattern_of
from moderation.trail import acted

TERMS_OF_CHANNEL, TERMS_EVERYWHERE = 1_000, 10_000
TEXT_MOST, FOLDED_MOST = 100, 200
TIMEOUT_MOST = 14 * 86_400
TIMEOUT_USUAL = 600


@dataclass
class Pasted:
    """What became of the lines of a list: the new terms, and the lines that changed nothing."""

    added: list[Term] = field(default_factory=list)
    # They find what another term of the list finds.
    known: list[str] = field(default_factory=list)
    # Too long, or with nothing to search for.
    refused: list[str] = field(default_factory=list)


@transaction.atomic
def term_add(
    *,
    actor: User,
    channel: User | None,
    text: str,
    action: str = TermAction.BLOCK,
    timeout_seconds: int | None = None,
) -> Term:
    """Put a term on a channel's list, or with None on the one for everywhere.

    What is said in the channel after this commits is looked through with it. Locks: the list, then the channel's
    rooms. Queries: 8, and those of an audit event.
    Raises: NotYourPlace, InvalidInput, TermExists, TooManyTerms.
    """
    _require(actor, channel, "add")
    term = _new(actor, channel, text, action, timeout_seconds)
    if term is None:
        raise InvalidInput(text=[f"Use 1 to {TEXT_MOST} characters, letters, digits or signs among them."])
    _lock(channel)
    known = Term.objects.filter(channel=channel, folded=term.folded).first()
    if known is not None:
        raise TermExists(id=str(known.pk), term=known.text, action=known.action)
    _require_room(channel, 1)
    _turn(channel)
    term.save(force_insert=True)
    _record("term.added", actor, channel, f"term:{term.pk}", after=_shown(term))
    return term


@transaction.atomic
def terms_paste(
    *,
    actor: User,
    channel: User | None,
    lines: Iterable[str],
    action: str = TermAction.BLOCK,
    timeout_seconds: int | None = None,
) -> Pasted:
    """Put many terms on a list, one a line; those that are on it already stay as they are.

    Locks, and raises: as ``term_add``; too many are none. Queries: 7, and those of an audit event.
    """
    _require(actor, channel, "add")
    pasted = Pasted()
    _lock(channel)
    folded = set(Term.objects.filter(channel=channel).values_list("folded", flat=True))
    for line in filter(None, map(str.strip, lines)):
        term = _new(actor, channel, line, action, timeout_seconds)
        if term is None:
            pasted.refused.append(line)
        elif term.folded in folded:
            pasted.known.append(line)
        else:
            folded.add(term.folded)
            pasted.added.append(term)
    if not pasted.added:
        return pasted
    _require_room(channel, len(pasted.added))
    _turn(channel)
    Term.objects.bulk_create(pasted.added)
    after = {**_shown(pasted.added[0]), "terms": [term.text for term in pasted.added]}
    after.pop("term")
    _record("term.added", actor, channel, "", after=after)
    return pasted


@transaction.atomic
def term_remove(*, actor: User, channel: User | None, term_id: UUID) -> None:
    """Take a term off a list. Locks: the term, then the channel's rooms. Raises: NotYourPlace, NotFound."""
    _require(actor, channel, "delete")
    term = Term.objects.select_for_update().filter(channel=channel, pk=term_id).first()
    if term is None:
        raise NotFound()
    _turn(channel)
    term.delete()
    _record("term.removed", actor, channel, f"term:{term_id}", before=_shown(term))


def _require(actor: User, channel: User | None, verb: str) -> None:
    if channel is not None:
        require(act=Act.TERMS, channel_id=channel.pk, actor=actor)
    elif not (actor.is_staff and actor.has_perm(f"moderation.{verb}_term")):
        raise NotYourPlace(reason="rank")


def _new(
    actor: User, channel: User | None, text: str, action: str, timeout_seconds: int | None
) -> Term | None:
    """Not stored; None for a text that is too long, or has nothing to search for. Raises: InvalidInput."""
    if action not in TermAction.values:
        raise InvalidInput(action=["This is none of the actions."])
    if action != TermAction.TIMEOUT:
        timeout_seconds = None
    elif timeout_seconds is None:
        timeout_seconds = TIMEOUT_USUAL
    elif not 1 <= timeout_seconds <= TIMEOUT_MOST:
        raise InvalidInput(timeout_seconds=[f"Use 1 to {TIMEOUT_MOST} seconds."])
    text = said(text)
    pattern = pattern_of(text)
    if pattern is None or len(text) > TEXT_MOST or len(pattern.folded) > FOLDED_MOST:
        return None
    return Term(
        channel=channel,
        text=text,
        folded=pattern.folded,
        action=action,
        timeout_seconds=timeout_seconds,
        by_id=actor.party_id,
    )


def _lock(channel: User | None) -> None:
    """So that two at once neither pass the limit nor add the same."""
    lock_until_commit(f"terms:{channel.pk if channel else EVERYWHERE}")


def _require_room(channel: User | None, more: int) -> None:
    most = TERMS_OF_CHANNEL if channel else TERMS_EVERYWHERE
    left = most - Term.objects.filter(channel=channel).count()
    if more > left:
        raise TooManyTerms(most=most, left=max(left, 0))


def _turn(channel: User | None) -> None:
    """A list for everywhere has no turn in all rooms: the next batch of each sees it, which is at most 50 ms later."""
    if channel is not None:
        rooms_turn(channel_id=channel.pk)


def _record(
    action: str,
    actor: User,
    channel: User | None,
    target: str,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    if channel is not None:
        acted(action=action, channel=channel, actor=actor, target=target, before=before, after=after)
    else:
        audit_record(
            action=action,
            target=target or "terms:everywhere",
            actor_party_id=actor.party_id,
            before=before,
            after=after,
        )


def _shown(term: Term) -> dict[str, Any]:
    shown: dict[str, Any] = {"term": term.text, "action": term.action}
    if term.timeout_seconds is not None:
        shown["timeout_seconds"] = term.timeout_seconds
    return shown
