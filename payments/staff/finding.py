"""One box for every id: whatever somebody has in hand leads to the orders it belongs to.

Each look is by an index and bounded, however large the tables are.
"""

import re
import uuid
from collections.abc import Callable, Iterable
from itertools import islice

from django.db.models import Q

from accounts.models import User
from payments.models import CoinLot, Dispute, Transaction
from payments.orders.models import Chargeback, Order, Payment, ProviderEvent, Receipt, ReceiptKind, Refund
from payments.orders.webhooks import is_uuid
from payments.staff.models import FraudWarning, RefundRequest

MOST = 500
Ids = Iterable[uuid.UUID | None]


def orders_found(text: str) -> list[uuid.UUID]:
    """The orders that ``text`` leads to, whatever id it is. Queries: about 20 for an id of ours, else 10."""
    wanted = text.strip()
    if not wanted:
        return []
    # "order:<id>", "wallet:<id>" and the like, as the books and the audit trail write them.
    bare = re.sub(r"^[a-z_]+:", "", wanted.removesuffix(":paid"))
    finders = _BY_UUID if is_uuid(bare) else _BY_TEXT
    found: dict[uuid.UUID, None] = {}
    for find in finders:
        for order_id in islice(find(bare if finders is _BY_UUID else wanted), MOST):
            if order_id is not None:
                found[order_id] = None
    return list(found)[:MOST]


def parties_found(text: str) -> list[uuid.UUID]:
    """Whom ``text`` names: by the id of a party or a person, a user name, or an address for mail. Queries: 1."""
    wanted = text.strip()
    if is_uuid(wanted):
        known = User.objects.filter(Q(pk=wanted) | Q(party_id=wanted))
        return [*known.values_list("party_id", flat=True)[:MOST]] or [uuid.UUID(wanted)]
    people = User.objects.filter(Q(username__iexact=wanted) | Q(email__iexact=wanted))
    return list(people.values_list("party_id", flat=True)[:MOST])


def transactions_found(text: str) -> list[uuid.UUID]:
    """Of the ledger: by id, key, what it is about, an order, or a party; the newest first. Queries: about 10."""
    wanted = text.strip()
    found = set(Transaction.objects.filter(idempotency_key=wanted).values_list("pk", flat=True))
    abouts = {wanted}
    if is_uuid(wanted):
        found |= set(Transaction.objects.filter(pk=wanted).values_list("pk", flat=True))
        abouts |= {f"{kind}:{uuid.UUID(wanted)}" for kind in ("order", "lot", "dispute", "refund")}
    found |= set(about(abouts))
    for party_id in parties_found(wanted):
        found |= set(
            Transaction.objects.filter(pk__in=_transactions_of(party_id)).values_list("pk", flat=True)
        )
    return sorted(found, reverse=True)[:MOST]


def about(abouts: Iterable[str]) -> list[uuid.UUID]:
    """Transactions about these, gifts left out. Queries: 1."""
    # Without the condition the index, which is of few rows, could not be used.
    those = Transaction.objects.filter(~Q(kind="gift"), about__in=list(abouts))
    return list(those.order_by("-id").values_list("pk", flat=True)[:MOST])


def _transactions_of(party_id: uuid.UUID) -> list[uuid.UUID]:
    from payments.models import Entry

    entries = Entry.objects.filter(account__party_id=party_id).order_by("-transaction_id")
    return list(entries.values_list("transaction_id", flat=True).distinct()[:MOST])


def _of_references(references: Iterable[str | None]) -> Ids:
    """What the books call an order: its id. Lots that a failed refund gave back name the refund."""
    for reference in references:
        if reference is None:
            continue
        if is_uuid(reference):
            yield uuid.UUID(reference)
        elif reference.startswith("refund:") and is_uuid(bare := reference.removeprefix("refund:")):
            yield from Refund.objects.filter(pk=bare).values_list("payment__order_id", flat=True)


def _by_transaction(wanted: str) -> Ids:
    """Also a gift's, whose id is its transaction's: it leads to the orders whose coins it took."""
    yield from _of_references(
        CoinLot.objects.filter(transaction_id=wanted).values_list("order_reference", flat=True)
    )
    transaction = Transaction.objects.filter(pk=wanted).first()
    if transaction is None:
        return
    lots = transaction.entries.filter(lot__isnull=False).values("lot_id")
    yield from _of_references(
        CoinLot.objects.filter(pk__in=lots).values_list("order_reference", flat=True)[:MOST]
    )
    yield from _by_about(transaction.about)


def _by_about(text: str) -> Ids:
    what, _, which = text.partition(":")
    if what == "dispute":
        yield from _by_dispute(which)
    elif what in {"order", "refund", "lot"} and is_uuid(which):
        yield from _of_references([f"refund:{which}"])
        yield from Order.objects.filter(pk=which).values_list("pk", flat=True)
        yield from _of_references(CoinLot.objects.filter(pk=which).values_list("order_reference", flat=True))


def _by_dispute(wanted: str) -> Ids:
    """By the provider's name of it."""
    yield from Chargeback.objects.filter(provider_id=wanted).values_list("payment__order_id", flat=True)
    yield from _of_references(
        Dispute.objects.filter(reference=wanted).values_list("order_reference", flat=True)
    )


def _by_party(wanted: str) -> Ids:
    for party_id in parties_found(wanted):
        orders = Order.objects.filter(party_id=party_id).order_by("-id")
        yield from orders.values_list("pk", flat=True)[:MOST]


def _by_event(wanted: str) -> Ids:
    event = ProviderEvent.objects.filter(endpoint="stripe", event_id=wanted).first()
    told = event.about if event else {}
    if is_uuid(str(told.get("order_id", ""))):
        yield from Order.objects.filter(pk=told["order_id"]).values_list("pk", flat=True)
    for name in ("id", "charge", "payment_intent"):
        if name in told:
            yield from _by_provider_id(str(told[name]))


def _by_provider_id(wanted: str) -> Ids:
    yield from Order.objects.filter(Q(checkout_id=wanted) | Q(intent_id=wanted)).values_list("pk", flat=True)
    yield from Payment.objects.filter(
        Q(charge_id=wanted) | Q(intent_id=wanted) | Q(movement_id=wanted)
    ).values_list("order_id", flat=True)
    yield from Refund.objects.filter(provider_id=wanted).values_list("payment__order_id", flat=True)
    yield from FraudWarning.objects.filter(provider_id=wanted).values_list("payment__order_id", flat=True)
    yield from _by_dispute(wanted)


def _by_receipt(wanted: str) -> Ids:
    """As people read it, R-0000017 of receipts and C-0000017 of credit notes; or the bare number of either."""
    match = re.fullmatch(r"(?:([RC])-)?(\d{1,15})", wanted.upper())
    if match is None:
        return
    kinds = {"R": [ReceiptKind.RECEIPT], "C": [ReceiptKind.CREDIT_NOTE]}
    receipts = Receipt.objects.filter(kind__in=kinds.get(match[1], list(ReceiptKind)), number=int(match[2]))
    yield from receipts.values_list("order_id", flat=True)


def _by_key(wanted: str) -> Ids:
    transaction = Transaction.objects.filter(idempotency_key=wanted).only("pk").first()
    if transaction is not None:
        yield from _by_transaction(str(transaction.pk))


_BY_UUID: tuple[Callable[[str], Ids], ...] = (
    lambda wanted: Order.objects.filter(pk=wanted).values_list("pk", flat=True),
    lambda wanted: Payment.objects.filter(pk=wanted).values_list("order_id", flat=True),
    lambda wanted: Refund.objects.filter(pk=wanted).values_list("payment__order_id", flat=True),
    lambda wanted: RefundRequest.objects.filter(pk=wanted).values_list("order_id", flat=True),
    lambda wanted: Chargeback.objects.filter(pk=wanted).values_list("payment__order_id", flat=True),
    lambda wanted: FraudWarning.objects.filter(pk=wanted).values_list("payment__order_id", flat=True),
    lambda wanted: Receipt.objects.filter(pk=wanted).values_list("order_id", flat=True),
    lambda wanted: _of_references(
        Dispute.objects.filter(pk=wanted).values_list("order_reference", flat=True)
    ),
    lambda wanted: _of_references(
        CoinLot.objects.filter(pk=wanted).values_list("order_reference", flat=True)
    ),
    lambda wanted: Order.objects.filter(Q(tip__id=wanted) | Q(ticket__id=wanted)).values_list(
        "pk", flat=True
    ),
    lambda wanted: [
        order_id
        for paid_by in Transaction.objects.filter(ticket__id=wanted).values_list("pk", flat=True)
        for order_id in _by_transaction(str(paid_by))
    ],
    _by_transaction,
    _by_party,
)
_BY_TEXT: tuple[Callable[[str], Ids], ...] = (
    _by_provider_id,
    _by_event,
    _by_receipt,
    _by_key,
    _by_about,
    _by_party,
)
