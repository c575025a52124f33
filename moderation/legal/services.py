"""Notices by people without an account, and what the person concerned says against them."""

import uuid
from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import send_mail
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.template.loader import render_to_string
from django.urls import Resolver404, resolve
from django.utils import timezone

from accounts.models import Party, User
from accounts.selectors import profile_get
from core.audit import audit_record
from core.errors import Forbidden, InvalidInput, NotFound
from core.facts import publish_on_commit
from core.limits import take
from core.text import one_line, plain
from moderation.legal.errors import NoticeImpossible
from moderation.legal.following import mail_soon, notice_settle
from moderation.legal.models import CounterNotice, LegalNotice, NoticeKind, NoticeState
from moderation.legal.words import (
    COUNTERED_TITLE,
    RESTORED_TITLE,
    UPHELD_TITLE,
    countered_text,
    mail_subject,
    mail_text,
    restored_text,
    upheld_text,
)
from moderation.reports.appeals import decision_undo
from moderation.reports.deciding import case_decide
from moderation.reports.events import ReportMade
from moderation.reports.models import (
    Case,
    Category,
    Decision,
    DecisionAction,
    Report,
    Statement,
    Subject,
)
from moderation.reports.services import WAITING, case_of, graver
from moderation.reports.statements import statement_add
from moderation.reports.subjects import subject_find
from streams.viewers import Viewer

TEXT_LEAST, TEXT_MOST = 30, 5000
NOTICES_AN_HOUR, COUNTERS_AN_HOUR = 5, 5
TRIED = timedelta(days=2)
CATEGORIES = {NoticeKind.COPYRIGHT: Category.COPYRIGHT, NoticeKind.ILLEGAL: Category.ILLEGAL}
# What is taken down, and may come back.
_DOWN = (NoticeState.TAKEN_DOWN, NoticeState.COUNTERED, NoticeState.UPHELD)


def notice_send(
    *,
    kind: str,
    name: str,
    email: str,
    statement: str,
    address: str,
    in_good_faith: bool,
    signature: str,
    network: str,
) -> LegalNotice:
    """Take a notice, and mail its sender the number. What it is about has a case, if the address leads to something.

    Source: 17 U.S.C. 512 (c) (3), Regulation (EU) 2022/2065, article 16.
    Locks: the thing's name, and its case. Emits: ReportMade. Raises: RateLimited by ``network``, InvalidInput.
    """
    fields = {
        "kind": kind,
        "name": one_line(name),
        "email": email.strip(),
        "statement": plain(statement, keep="\n").strip(),
        "address": address.strip(),
        "signature": one_line(signature),
    }
    _check(fields, in_good_faith)
    take(bucket="legal_notice", key=network, limit=NOTICES_AN_HOUR, window_seconds=3600)
    with transaction.atomic():
        notice = LegalNotice.objects.create(
            **fields, in_good_faith=in_good_faith, case=None, created_at=timezone.now()
        )
        _join(notice, notice.address)
        audit_record(action="notice.received", target=f"notice:{notice.pk}", actor_party_id=None)
        mail_soon(notice)
    return notice


@transaction.atomic
def notice_take_down(*, actor: User, notice_id: uuid.UUID, reason: str, address: str = "") -> Decision:
    """Remove what a notice is about: the case is decided by it. ``address`` is for one that led to nothing.

    Locks: the notice, the case, the person. Raises: Forbidden, NotFound, NoticeImpossible, and those of
    ``case_decide``.
    """
    notice = _notice_lock(actor, notice_id)
    if notice.state != NoticeState.RECEIVED:
        raise NoticeImpossible(reason="state")
    if notice.case is None and address:
        _join(notice, address)
    if notice.case is None:
        raise NoticeImpossible(reason="no_case")
    return case_decide(
        actor=actor,
        case_id=notice.case.pk,
        action=DecisionAction.TAKE_DOWN,
        category=CATEGORIES[NoticeKind(notice.kind)],
        reason=reason,
    )


@transaction.atomic
def notice_refuse(*, actor: User, notice_id: uuid.UUID, reason: str) -> LegalNotice:
    """Leave it as it is, and answer. A case that is about nothing else is over too.

    Locks: the notice, the case. Raises: Forbidden, NotFound, NoticeImpossible.
    """
    notice = _notice_lock(actor, notice_id)
    if notice.state != NoticeState.RECEIVED:
        raise NoticeImpossible(reason="state")
    notice.answered_at = timezone.now()
    notice_settle(notice, state=NoticeState.REFUSED, answer=reason)
    _audit("notice.refused", notice, actor, reason)
    case = notice.case
    if case is not None and case.state in WAITING:
        others = LegalNotice.objects.filter(case=case, state=NoticeState.RECEIVED).exists()
        if not others and not Report.objects.filter(case=case, reporter__isnull=False).exists():
            case_decide(
                actor=actor,
                case_id=case.pk,
                action=DecisionAction.DISMISS,
                category=CATEGORIES[NoticeKind(notice.kind)],
                reason=reason,
            )
    return notice


def counters_open(decision: Decision | None) -> bool:
    """Whether the person concerned may send a counter-notice against what was decided. Queries: 1."""
    return (
        decision is not None
        and decision.case_id is not None
        and decision.undone_at is None
        and _copyright_down(decision).exists()
    )


def counter_notice_send(
    *, party: Party, decision_id: uuid.UUID, name: str, contact: str, statement: str, signature: str
) -> list[CounterNotice]:
    """Say that what was taken down for copyright was a mistake: it is back after a while, unless a court is asked.

    It goes to who sent the notice. Locks: the notices. Raises: RateLimited, InvalidInput, NotFound, NoticeImpossible.
    """
    take(bucket="counter_notice", key=str(party.pk), limit=COUNTERS_AN_HOUR, window_seconds=3600)
    fields = {
        "name": one_line(name),
        "contact": plain(contact, keep="\n").strip(),
        "statement": plain(statement, keep="\n").strip(),
        "signature": one_line(signature),
    }
    _check_counter(fields)
    now = timezone.now()
    with transaction.atomic():
        decision = Decision.objects.filter(pk=decision_id, about=party.pk).first()
        if decision is None or decision.case_id is None:
            raise NotFound()
        notices = list(_copyright_down(decision).select_for_update(of=("self",)).order_by("id"))
        if not notices or decision.undone_at is not None:
            raise NoticeImpossible(reason="state")
        made = [
            CounterNotice.objects.create(
                notice=notice,
                party=party,
                created_at=now,
                restore_at=now + timedelta(days=settings.COUNTER_NOTICE_DAYS),
                **fields,
            )
            for notice in notices
        ]
        for notice in notices:
            notice_settle(notice, state=NoticeState.COUNTERED, answer=notice.answer)
            audit_record(
                action="notice.countered",
                target=f"notice:{notice.pk}",
                actor_party_id=party.pk,
                whom_party_id=party.pk,
            )
        statement_add(
            party_id=party.pk,
            kind=Statement.Kind.NOTICE,
            title=str(COUNTERED_TITLE),
            text=countered_text(made[0]),
        )
    return made


@transaction.atomic
def notice_uphold(*, actor: User, notice_id: uuid.UUID, reason: str) -> LegalNotice:
    """Whoever sent it asked a court in time: it stays down, and the clock stops.

    Locks: the notice, its counter-notice. Raises: Forbidden, NotFound, NoticeImpossible.
    """
    notice = _notice_lock(actor, notice_id)
    counter = CounterNotice.objects.select_for_update().filter(notice=notice, settled_at=None).first()
    if notice.state != NoticeState.COUNTERED or counter is None:
        raise NoticeImpossible(reason="state")
    counter.settled_at = timezone.now()
    counter.save(update_fields=["settled_at"])
    notice_settle(notice, state=NoticeState.UPHELD, answer=notice.answer)
    _audit("notice.upheld", notice, actor, reason)
    statement_add(
        party_id=counter.party_id,
        kind=Statement.Kind.NOTICE,
        title=str(UPHELD_TITLE),
        text=upheld_text(reason),
    )
    return notice


def counter_notices_restore() -> int:
    """Put back what nobody asked a court about in time. Returns how many clocks ran out. Queries: 1, about 15 each."""
    due = CounterNotice.objects.filter(settled_at=None, restore_at__lte=timezone.now()).order_by("id")
    return sum(_restore(notice_id) for notice_id in due.values_list("notice_id", flat=True))


def notice_mail(*, notice_id: uuid.UUID) -> None:
    """Mail its sender what became of it, once for each state. Must not run in a transaction: it sends mail."""
    notice = LegalNotice.objects.select_related("counter").filter(pk=notice_id).first()
    if notice is None or notice.told_state == notice.state:
        return
    before, state = notice.told_state, notice.state
    if not LegalNotice.objects.filter(pk=notice_id, told_state=before, state=state).update(told_state=state):
        return
    text = render_to_string(
        "moderation/email/legal.txt",
        {
            "notice": notice,
            "text": mail_text(notice, getattr(notice, "counter", None)),
            "site_name": settings.SITE_NAME,
        },
    )
    try:
        send_mail(
            f"{settings.SITE_NAME}: {mail_subject(notice)}", text, settings.DEFAULT_FROM_EMAIL, [notice.email]
        )
    except OSError:  # the mail server's; SMTPException is one
        LegalNotice.objects.filter(pk=notice_id, told_state=state).update(told_state=before)
        raise


def notices_sweep() -> None:
    """Mails that were lost. Queries: 1."""
    now = timezone.now()
    since = Q(created_at__gt=now - TRIED) | Q(answered_at__gt=now - TRIED)
    untold = LegalNotice.objects.filter(since).exclude(told_state=F("state"))
    for notice in untold.filter(created_at__lt=now - timedelta(minutes=10)):
        mail_soon(notice)


@transaction.atomic
def _restore(notice_id: uuid.UUID) -> bool:
    notice = _locked(notice_id)
    counter = CounterNotice.objects.select_for_update().filter(notice=notice, settled_at=None).first()
    if counter is None:
        return False
    counter.settled_at = timezone.now()
    counter.save(update_fields=["settled_at"])
    notice_settle(notice, state=NoticeState.RESTORED, answer=notice.answer)
    audit_record(
        action="notice.restored",
        target=f"notice:{notice.pk}",
        actor_party_id=None,
        whom_party_id=counter.party_id,
    )
    # What another notice keeps down stays down.
    if LegalNotice.objects.filter(case=notice.case, state__in=_DOWN).exists():
        return True
    for decision in Decision.objects.filter(case=notice.case, undone_at=None, by__isnull=False):
        decision_undo(decision=decision, by=None, reason="A counter-notice stood.")
    statement_add(
        party_id=counter.party_id,
        kind=Statement.Kind.NOTICE,
        title=str(RESTORED_TITLE),
        text=restored_text(),
    )
    return True


def _join(notice: LegalNotice, address: str) -> None:
    """Make or join the case of what is at the address, as everybody can see it. In a transaction."""
    place = _place(address)
    if place is None:
        return
    subject, subject_id = place
    try:
        found = subject_find(
            viewer=Viewer(user=None, viewer_id="a:notice"), subject=subject, subject_id=subject_id
        )
    except NotFound:
        return
    category = CATEGORIES[NoticeKind(notice.kind)]
    case = case_of(subject=subject, subject_id=subject_id, category=category, found=found)
    Report.objects.create(
        case=case,
        reporter=None,
        category=category,
        note=f"Notice {notice.reference}",
        created_at=timezone.now(),
    )
    case.category = graver(case.category, category)
    case.reports_count += 1
    case.last_reported_at = timezone.now()
    case.save(update_fields=["category", "reports_count", "last_reported_at"])
    notice.case = case
    notice.save(update_fields=["case"])
    publish_on_commit(ReportMade(case_id=str(case.pk)))


def _place(address: str) -> tuple[str, uuid.UUID] | None:
    """Which stream, channel or message an address of this site leads to."""
    parts = urlsplit(address)
    if parts.hostname != urlsplit(settings.PUBLIC_URL).hostname:
        return None
    if parts.fragment.startswith("message="):
        try:
            return Subject.MESSAGE, uuid.UUID(parts.fragment.removeprefix("message="))
        except ValueError:
            return None
    try:
        found = resolve(parts.path)
    except Resolver404:
        return None
    if "stream_id" in found.kwargs:
        return Subject.STREAM, found.kwargs["stream_id"]
    if found.view_name == "pages:channel":
        try:
            return Subject.CHANNEL, profile_get(username=found.kwargs["username"]).pk
        except NotFound:
            return None
    return None


def _notice_lock(actor: User, notice_id: uuid.UUID) -> LegalNotice:
    if not actor.has_perm("moderation.decide_case"):
        raise Forbidden()
    return _locked(notice_id)


def _locked(notice_id: uuid.UUID) -> LegalNotice:
    """With its case, which comes first: who decides about a case goes on to its notices. Raises: NotFound."""
    Case.objects.filter(notices=notice_id).select_for_update(of=("self",)).first()
    locked = LegalNotice.objects.select_for_update(of=("self",)).select_related("case")
    notice = locked.filter(pk=notice_id).first()
    if notice is None:
        raise NotFound()
    return notice


def _copyright_down(decision: Decision) -> QuerySet[LegalNotice]:
    return LegalNotice.objects.filter(
        case=decision.case_id, kind=NoticeKind.COPYRIGHT, state=NoticeState.TAKEN_DOWN
    )


def _audit(action: str, notice: LegalNotice, actor: User, reason: str) -> None:
    audit_record(
        action=action,
        target=f"notice:{notice.pk}",
        actor_party_id=actor.party_id,
        whom_party_id=notice.case.about_id if notice.case else None,
        reason=reason,
    )


def _check(fields: dict[str, str], in_good_faith: bool) -> None:
    problems = _texts_wrong(fields, {"name": (2, 200), "statement": (TEXT_LEAST, TEXT_MOST)})
    if fields["kind"] not in NoticeKind.values:
        problems["kind"] = ["Choose what it is about."]
    try:
        validate_email(fields["email"])
    except ValidationError:
        problems["email"] = ["Give an address for mail, so that we can answer."]
    if not _is_of_this_site(fields["address"]) or len(fields["address"]) > 500:
        problems["address"] = [f"Give the full address of a page of this site, {settings.PUBLIC_URL}/…"]
    if not in_good_faith:
        problems["in_good_faith"] = ["We need this declaration."]
    if fields["kind"] == NoticeKind.COPYRIGHT and not 2 <= len(fields["signature"]) <= 200:
        problems["signature"] = ["Type your full name as a signature."]
    if problems:
        raise InvalidInput(**problems)


def _is_of_this_site(address: str) -> bool:
    """An address and nothing else: it goes into a mail to whomever a stranger names."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    is_one = address.isprintable() and " " not in address
    site = urlsplit(settings.PUBLIC_URL).hostname
    return is_one and parts.scheme in {"http", "https"} and parts.hostname == site


def _check_counter(fields: dict[str, str]) -> None:
    lengths = {
        "name": (2, 200),
        "contact": (10, 500),
        "statement": (TEXT_LEAST, TEXT_MOST),
        "signature": (2, 200),
    }
    if problems := _texts_wrong(fields, lengths):
        raise InvalidInput(**problems)


def _texts_wrong(fields: dict[str, str], lengths: dict[str, tuple[int, int]]) -> dict[str, list[str]]:
    return {
        name: [f"Use {least} to {most:,} characters."]
        for name, (least, most) in lengths.items()
        if not least <= len(fields[name]) <= most
    }
