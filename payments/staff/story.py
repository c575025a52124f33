"""The whole story of an order, a dispute, a wallet or a transaction, as tables for the admin."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Count, Q, Sum
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime

from core.models import AuditEvent
from payments.models import CoinLot, Dispute, Earning, Entry, Taking, Transaction
from payments.money import money_text
from payments.orders.goods import paid_key
from payments.orders.models import Chargeback, Order, Payment, ProviderEvent, Refund
from payments.staff.finding import about
from payments.staff.models import WalletFreeze

SHOWN = 50


@dataclass(frozen=True)
class Link:
    text: str
    address: str


Cell = str | Link


@dataclass(frozen=True)
class Table:
    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[Cell]]


def link(model: str, pk: object, text: object) -> Link:
    """To a page of this admin."""
    return Link(str(text), reverse(f"admin:payments_{model}_change", args=[pk]))


def to(model: str, pk: object, text: object) -> Cell:
    """The same, to stand in a row."""
    return link(model, pk, text)


def moment(at: datetime | None) -> str:
    return date_format(localtime(at), "Y-m-d H:i:s e") if at else ""


def order_story(order: Order) -> list[Table]:
    """From its payment to the last webhook. Queries: about 25, however much there is of it."""
    payment = Payment.objects.filter(order=order).first()
    refunds = list(payment.refunds.select_related("asked_by__user").order_by("id")) if payment else []
    chargebacks = list(payment.chargebacks.order_by("id")) if payment else []
    lots = _lots(order, refunds)
    tables = [
        *_bought(order),
        *_paid(payment, order),
        _refunds(refunds, order),
        _requests(order),
        _chargebacks(chargebacks),
        _receipts(order),
        *_coins(lots),
        ledger(_booked(order, lots, refunds, chargebacks)),
        _events(order, payment, refunds, chargebacks),
        audit([f"order:{order.pk}", *(f"dispute:{one.provider_id}" for one in chargebacks)]),
    ]
    return [table for table in tables if table.rows]


def dispute_story(chargeback: Chargeback) -> list[Table]:
    """What the books did about it. Queries: about 8."""
    disputes = Dispute.objects.filter(reference=chargeback.provider_id)
    taken = Taking.objects.filter(transaction__in=disputes.values("opened_id")).select_related(
        "earning__creator__user"
    )
    rows = [
        [
            person(one.earning.creator),
            one.earning.get_source_display(),
            *(
                money_text(amount, chargeback.currency)
                for amount in (one.from_platform, one.from_pending, one.from_debt, one.from_loss)
            ),
            "yes" if one.is_given_again else "",
        ]
        for one in taken[:SHOWN]
    ]
    head = ["creator", "of", "from us", "from pending", "as debt", "our loss", "given again"]
    tables = [
        Table("Taken back", head, rows),
        ledger(about([f"dispute:{chargeback.provider_id}"])),
        audit([f"dispute:{chargeback.provider_id}"]),
    ]
    return [table for table in tables if table.rows]


def wallet_story(party_id: uuid.UUID) -> list[Table]:
    """Why it is or was frozen, and its lots. Queries: 3."""
    freezes = [
        [
            one.cause,
            moment(one.frozen_at),
            person(one.frozen_by),
            one.reason,
            one.told,
            moment(one.ended_at),
            person(one.ended_by) if one.ended_at else "",
            one.ended_reason,
        ]
        for one in WalletFreeze.objects.filter(wallet_id=party_id).select_related(
            "frozen_by__user", "ended_by__user"
        )[:SHOWN]
    ]
    head = ["by", "from", "who", "why", "told", "until", "who", "why"]
    lots = CoinLot.objects.filter(party_id=party_id).order_by("-id")[:SHOWN]
    tables = [Table("Frozen", head, freezes), *_coins(lots, spent=False), audit([f"wallet:{party_id}"])]
    return [table for table in tables if table.rows]


def ledger(transaction_ids: Iterable[uuid.UUID]) -> Table:
    """Transactions with their entries, oldest first. Queries: 1."""
    wanted = sorted(transaction_ids)[:SHOWN]
    entries = (
        Entry.objects.filter(transaction_id__in=wanted)
        .select_related("transaction", "account__party__user")
        .order_by("transaction_id", "line")
    )
    rows = [
        [
            moment(entry.transaction.created_at) if entry.line == 1 else "",
            to("transaction", entry.transaction_id, entry.transaction.kind) if entry.line == 1 else "",
            entry.transaction.idempotency_key if entry.line == 1 else "",
            entry.account.get_kind_display(),
            person(entry.account.party) if entry.account.party_id else "",
            money_text(entry.amount, entry.account.currency),
        ]
        for entry in entries
    ]
    return Table("Ledger", ["at", "transaction", "key", "account", "of", "amount"], rows)


def audit(targets: Sequence[str]) -> Table:
    """Queries: 1."""
    events = AuditEvent.objects.filter(target__in=targets).order_by("id")[:SHOWN]
    rows = [
        [
            moment(event.at),
            event.action,
            str(event.actor_party_id or "by itself"),
            event.reason,
            str(event.after or ""),
        ]
        for event in events
    ]
    return Table("Audit trail", ["at", "what", "who", "why", "with"], rows)


def person(party: object) -> str:
    """Whoever is behind a party that was fetched with its user."""
    if party is None:
        return "by itself"
    try:
        return str(party.user)  # type: ignore[attr-defined]
    except (ObjectDoesNotExist, AttributeError):
        return "deleted user"


def _lots(order: Order, refunds: Sequence[Refund]) -> list[CoinLot]:
    references = [str(order.pk), *(f"refund:{refund.pk}" for refund in refunds)]
    return list(CoinLot.objects.filter(order_reference__in=references).order_by("id"))


def _bought(order: Order) -> list[Table]:
    """What it was for, if not coins. Queries: 2."""
    tables = []
    tip = getattr(order, "tip", None)
    if tip is not None:
        row = [str(tip.pk), tip.message, "yes" if tip.anonymous else "", moment(tip.paid_at)]
        row += [moment(tip.pinned_until), moment(tip.hidden_at)]
        head = ["id", "says", "without name", "paid", "pinned until", "taken down"]
        tables.append(Table("Tip", head, [row]))
    ticket = getattr(order, "ticket", None)
    if ticket is not None:
        row = [str(ticket.pk), ticket.get_state_display(), str(order.stream), moment(ticket.valid_at)]
        row += [moment(ticket.entered_at), moment(ticket.used_at), ticket.get_void_reason_display()]
        head = ["id", "state", "stream", "valid from", "entered", "used", "void because"]
        tables.append(Table("Ticket", head, [row]))
    return tables


def _paid(payment: Payment | None, order: Order) -> list[Table]:
    if payment is None:
        return []
    row = [
        to("payment", payment.pk, payment.charge_id),
        payment.movement_id,
        moment(payment.charged_at),
        money_text(payment.settled_amount, payment.settled_currency),
        money_text(payment.settled_fee, payment.settled_currency),
        f"{payment.card_brand} {payment.card_last4}",
    ]
    warned = [
        [
            one.provider_id,
            one.kind,
            moment(one.told_at),
            "giving it back helps" if one.actionable else "too late",
        ]
        for one in payment.warnings.all()
    ]
    return [
        Table("Payment", ["charge", "balance transaction", "at", "settled", "fee", "card"], [row]),
        Table("Warned of fraud", ["warning", "kind", "at", "refund"], warned),
    ]


def _refunds(refunds: Sequence[Refund], order: Order) -> Table:
    rows = [
        [
            to("refund", one.pk, one.provider_id or one.pk),
            money_text(one.amount, order.currency),
            f"{one.coins:,}" if one.coins else "",
            f"{one.get_state_display()} {one.failure}",
            one.reason,
            person(one.asked_by),
            moment(one.asked_at),
        ]
        for one in refunds
    ]
    return Table("Refunds", ["refund", "amount", "coins", "state", "why", "who", "at"], rows)


def _requests(order: Order) -> Table:
    asked = order.refund_requests.select_related("asked_by__user", "decided_by__user").order_by("id")
    rows = [
        [
            to("refundrequest", one.pk, money_text(one.amount, order.currency)),
            one.get_state_display(),
            person(one.asked_by),
            moment(one.asked_at),
            one.reason,
            "alone" if one.alone else (person(one.decided_by) if one.decided_by_id else ""),
            one.decided_reason,
        ]
        for one in asked
    ]
    return Table("Asked for", ["amount", "state", "who", "at", "why", "decided", "why"], rows)


def _chargebacks(chargebacks: Sequence[Chargeback]) -> Table:
    rows = [
        [
            to("chargeback", one.pk, one.provider_id),
            one.status,
            one.reason,
            money_text(one.amount, one.currency),
            moment(one.due_by),
            moment(one.closed_at),
        ]
        for one in chargebacks
    ]
    return Table("Disputes", ["dispute", "state", "why", "amount", "evidence until", "closed"], rows)


def _receipts(order: Order) -> Table:
    rows = [
        [
            to("receipt", one.pk, one.code),
            one.get_kind_display(),
            money_text(one.gross, one.currency),
            moment(one.issued_at),
        ]
        for one in order.receipts.order_by("id")
    ]
    return Table("Receipts", ["number", "kind", "gross", "at"], rows)


def _coins(lots: Iterable[CoinLot], *, spent: bool = True) -> list[Table]:
    found = list(lots)
    rows = [
        [
            to("coinlot", lot.pk, lot.pk),
            f"{lot.coins:,}",
            f"{lot.coins - lot.gone:,}",
            money_text(lot.price, lot.currency),
            moment(lot.charged_at),
        ]
        for lot in found
    ]
    tables = [Table("Coins", ["lot", "coins", "unspent", "price", "paid"], rows)]
    if not found or not spent:
        return tables
    sums = (
        Earning.objects.filter(lot__in=found, coins__gt=0)
        .values("creator__user__username", "source")
        .annotate(times=Count("id"), coins=Sum("coins"), gross=Sum("gross"), amount=Sum("amount"))
        .order_by("-gross")[:SHOWN]
    )
    given = [
        [
            row["creator__user__username"] or "deleted user",
            row["source"],
            f"{row['times']:,}",
            f"{row['coins']:,}",
            money_text(row["gross"], found[0].currency),
            money_text(row["amount"], found[0].currency),
        ]
        for row in sums
    ]
    return [*tables, Table("Spent", ["on", "as", "times", "coins", "worth", "creator's part"], given)]


def _booked(
    order: Order, lots: Sequence[CoinLot], refunds: Sequence[Refund], chargebacks: Sequence[Chargeback]
) -> list[uuid.UUID]:
    """Gifts are in a table of their own: there may be thousands. Queries: 2."""
    keys = [paid_key(order)] + [f"refund:{refund.pk}{end}" for refund in refunds for end in ("", ":failed")]
    keyed = Transaction.objects.filter(idempotency_key__in=keys).values_list("pk", flat=True)
    abouts = [f"order:{order.pk}"]
    abouts += [f"lot:{lot.pk}" for lot in lots] + [f"refund:{refund.pk}" for refund in refunds]
    abouts += [f"dispute:{one.provider_id}" for one in chargebacks]
    return list({*keyed, *about(abouts)})


def _events(
    order: Order, payment: Payment | None, refunds: Sequence[Refund], chargebacks: Sequence[Chargeback]
) -> Table:
    """What the provider told of it, by any id. Queries: 1."""
    ids = [order.checkout_id, order.intent_id, *(one.provider_id for one in refunds)]
    ids += [one.provider_id for one in chargebacks]
    named = [{"order_id": str(order.pk)}, *({"id": one} for one in ids if one)]
    if payment is not None:
        named += [{"charge": payment.charge_id}, {"id": payment.charge_id}]
    which = reduce(or_, (Q(about__contains=one) for one in named))
    rows = [
        [
            to("providerevent", event.pk, event.event_id),
            event.kind,
            event.get_state_display(),
            moment(event.told_at),
            moment(event.handled_at),
            event.error,
        ]
        for event in ProviderEvent.objects.filter(which).order_by("told_at", "id")[:SHOWN]
    ]
    return Table("Webhooks", ["event", "kind", "state", "told", "handled", "error"], rows)
