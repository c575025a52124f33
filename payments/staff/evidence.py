"""Our side of a dispute: written by staff, filled in from what is known, handed in once through the provider."""

import logging
import uuid
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from core.audit import audit_record
from core.errors import NotFound
from core.ids import new_id
from payments.gateway import GatewayError, gateway
from payments.orders.chargebacks import dispute_look
from payments.orders.models import Chargeback
from payments.staff.errors import EvidenceClosed
from payments.staff.models import Evidence, EvidenceState

logger = logging.getLogger(__name__)

SENT_AT_ONCE = 20


@dataclass(frozen=True)
class Field:
    """One of the provider's texts, and what staff are told of it."""

    label: str
    help: str = ""
    is_long: bool = True


# What of Stripe's fields staff fill in. Source: https://docs.stripe.com/api/disputes/evidence_object
FIELDS = {
    "product_description": Field("What was bought"),
    "customer_name": Field("Buyer's name", is_long=False),
    "customer_email_address": Field("Buyer's address for mail", is_long=False),
    "service_date": Field("When it was delivered", is_long=False),
    "access_activity_log": Field(
        "What the buyer did with it", "When it was paid, watched and given, as our own rows say."
    ),
    "refund_policy_disclosure": Field("How the buyer was told about refunds"),
    "refund_refusal_explanation": Field("Why nothing is given back"),
    "duplicate_charge_explanation": Field("Why it is no duplicate", "For that reason only."),
    "uncategorized_text": Field("Anything else"),
}
# Each is 20,000 characters at most, all together 150,000.
MOST_CHARACTERS = 16_000


def evidence_save(
    *, chargeback_id: uuid.UUID, fields: dict[str, str], actor_party_id: uuid.UUID
) -> tuple[Evidence, str]:
    """Keep a draft, here and beside the dispute at the provider. Answers why the provider did not take it, or "".

    Must not run in a transaction. Locks: the chargeback. Raises: NotFound, EvidenceClosed.
    """
    evidence = _written(chargeback_id, fields, actor_party_id, submit=False)
    try:
        gateway().dispute_evidence(
            dispute_id=evidence.chargeback.provider_id,
            evidence=evidence.fields,
            submit=False,
            key=f"evidence:{evidence.pk}:{evidence.version}:draft",
        )
    except GatewayError as failed:
        logger.warning("draft of evidence %s is not at the provider: %s", evidence.pk, failed)
        return evidence, failed.reason
    return evidence, ""


def evidence_submit(
    *, chargeback_id: uuid.UUID, fields: dict[str, str], actor_party_id: uuid.UUID
) -> Evidence:
    """Hand evidence in: from now on nobody edits it. A provider that is away gets it by ``evidence_sweep``.

    Must not run in a transaction. Locks: the chargeback. Raises: NotFound, EvidenceClosed, GatewayError when the
    provider refuses it for good, and then it is a draft again.
    """
    evidence = _written(chargeback_id, fields, actor_party_id, submit=True)
    try:
        evidence_send(evidence_id=evidence.pk)
    except GatewayError as failed:
        if failed.permanent:
            raise
        logger.warning("evidence %s is not handed in yet: %s", evidence.pk, failed)
    evidence.refresh_from_db()
    return evidence


def evidence_send(*, evidence_id: uuid.UUID) -> None:
    """Hand in what is to be: the same again after a lost answer is one submission. Raises: GatewayError."""
    evidence = Evidence.objects.select_related("chargeback").get(pk=evidence_id)
    if evidence.state != EvidenceState.SENDING:
        return
    dispute_id = evidence.chargeback.provider_id
    assert evidence.sent is not None
    try:
        gateway().dispute_evidence(
            dispute_id=dispute_id,
            evidence=evidence.sent,
            submit=True,
            key=f"evidence:{evidence.pk}:{evidence.version}:sent",
        )
    except GatewayError as failed:
        # Refused may also mean that it was taken long ago, when the provider has forgotten the key.
        if not failed.permanent:
            raise
        if not gateway().dispute_get(dispute_id).submissions:
            _draft_again(evidence, why=failed.reason)
            raise
    sending = Evidence.objects.filter(pk=evidence.pk, state=EvidenceState.SENDING)
    sending.update(state=EvidenceState.SENT, sent_at=timezone.now())
    dispute_look(dispute_id=dispute_id)


def evidence_sweep() -> int:
    """Go on with what was to be handed in. Returns how many. Queries: 1."""
    waiting = list(Evidence.objects.filter(state=EvidenceState.SENDING).order_by("id")[:SENT_AT_ONCE])
    for evidence in waiting:
        try:
            evidence_send(evidence_id=evidence.pk)
        except GatewayError as failed:
            logger.error("evidence %s is not handed in: %s", evidence.pk, failed)
    return len(waiting)


@transaction.atomic
def _written(
    chargeback_id: uuid.UUID, fields: dict[str, str], actor_party_id: uuid.UUID, *, submit: bool
) -> Evidence:
    now = timezone.now()
    chargeback = Chargeback.objects.select_for_update(no_key=True).filter(pk=chargeback_id).first()
    if chargeback is None:
        raise NotFound()
    evidence = Evidence.objects.filter(chargeback=chargeback).first()
    if evidence is None:
        evidence = Evidence(id=new_id(), chargeback=chargeback)
    if evidence.state != EvidenceState.DRAFT:
        raise EvidenceClosed(reason="sent")
    if chargeback.closed_at is not None:
        raise EvidenceClosed(reason="closed")
    if chargeback.due_by is not None and chargeback.due_by <= now:
        raise EvidenceClosed(reason="late")
    evidence.fields = {name: fields.get(name, "").strip()[:MOST_CHARACTERS] for name in FIELDS}
    evidence.version += 1
    evidence.saved_by_id, evidence.saved_at = actor_party_id, now
    if submit:
        evidence.state, evidence.sent = EvidenceState.SENDING, evidence.fields
        evidence.sent_by_id = actor_party_id
    evidence.save()
    evidence.chargeback = chargeback
    audit_record(
        actor_party_id=actor_party_id,
        action="dispute.evidence_submitted" if submit else "dispute.evidence_saved",
        target=f"dispute:{chargeback.provider_id}",
        after={
            "version": evidence.version,
            "fields": [name for name, text in evidence.fields.items() if text],
        },
    )
    return evidence


@transaction.atomic
def _draft_again(evidence: Evidence, *, why: str) -> None:
    sending = Evidence.objects.filter(pk=evidence.pk, state=EvidenceState.SENDING)
    if sending.update(state=EvidenceState.DRAFT, sent=None, sent_by=None):
        audit_record(
            actor_party_id=None,
            action="dispute.evidence_refused",
            target=f"dispute:{evidence.chargeback.provider_id}",
            reason=why,
        )
