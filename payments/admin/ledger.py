"""The books, to be read: nobody edits them, superusers neither."""

from django.contrib import admin
from django.db import OperationalError, connection, transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from core.admin import person_link
from payments.admin.base import Storied
from payments.ledger.posting import owed_on
from payments.models import Account, AccountKind, CoinLot, Earning, Entry, LedgerCheck, Transaction
from payments.money import money_text
from payments.orders.webhooks import is_uuid
from payments.staff.finding import parties_found, transactions_found
from payments.staff.story import SHOWN, Link, Table, ledger, link, moment, to

# Adding up an account that has all gifts in it may take longer; then the nightly check has to do.
SUM_MS = 2000


@admin.register(Account)
class AccountAdmin(Storied):
    """What we owe on it is shown above zero, what we have below: as the entries, turned round."""

    list_display = ["id", "kind", "person", "currency", "owed"]
    list_filter = ["kind", "currency"]
    list_select_related = ["party__user", "wallet", "balance"]
    ordering = ["id"]
    search_fields = ["party"]
    search_help_text = "The id of a party or a person, a user name, or an address for mail; whole."
    readonly_fields = ["person"]
    raw_id_fields = ["party"]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Account], search_term: str
    ) -> tuple[QuerySet[Account], bool]:
        if not search_term.strip():
            return queryset, False
        return queryset.filter(party__in=parties_found(search_term)), False

    @admin.display(description="of")
    def person(self, account: Account) -> str:
        return person_link(account.party) if account.party_id else "us"

    @admin.display(description="owed, as last added up")
    def owed(self, account: Account) -> str:
        if account.kind == AccountKind.WALLET and hasattr(account, "wallet"):
            return money_text(account.wallet.balance_coins, account.currency)
        if hasattr(account, "balance"):
            return money_text(account.balance.amount, account.currency)
        return "see its page"

    def story(self, request: HttpRequest, thing: Account) -> list[Table]:
        newest = Entry.objects.filter(account=thing).order_by("-transaction_id")
        ids = list(newest.values_list("transaction_id", flat=True)[:SHOWN])
        owed = _owed(thing)
        said = money_text(owed, thing.currency) if owed is not None else "too many entries to add up here"
        return [Table("Balance", ["owed, by its entries"], [[said]]), ledger(ids)]


@admin.register(Transaction)
class TransactionAdmin(Storied):
    list_display = ["id", "created_at", "kind", "idempotency_key", "about"]
    search_fields = ["id"]
    search_help_text = (
        "Whole: an id, a key, what it is about (order:…), a party, a user name, an address for mail."
    )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Transaction], search_term: str
    ) -> tuple[QuerySet[Transaction], bool]:
        if not search_term.strip():
            return queryset, False
        return queryset.filter(pk__in=transactions_found(search_term)), False

    def story(self, request: HttpRequest, thing: Transaction) -> list[Table]:
        return [ledger([thing.pk])]


@admin.register(CoinLot)
class CoinLotAdmin(Storied):
    list_display = ["id", "person", "source", "coins", "left", "money", "charged_at", "order_reference"]
    list_select_related = ["party__user"]
    ordering = ["-id"]
    search_fields = ["id"]
    search_help_text = "Whole: of a lot, an order, a party or a person; a user name or an address for mail."
    readonly_fields = ["person"]
    raw_id_fields = ["party", "transaction"]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[CoinLot], search_term: str
    ) -> tuple[QuerySet[CoinLot], bool]:
        wanted = search_term.strip()
        if not wanted:
            return queryset, False
        found = queryset.filter(party__in=parties_found(wanted)) | queryset.filter(order_reference=wanted)
        return (found | queryset.filter(pk=wanted)) if is_uuid(wanted) else found, False

    @admin.display(description="of")
    def person(self, lot: CoinLot) -> str:
        return person_link(lot.party)

    @admin.display(description="unspent")
    def left(self, lot: CoinLot) -> str:
        return f"{lot.coins - lot.gone:,}"

    @admin.display(description="price")
    def money(self, lot: CoinLot) -> str:
        return money_text(lot.price, lot.currency)

    def story(self, request: HttpRequest, thing: CoinLot) -> list[Table]:
        spent = (
            Earning.objects.filter(lot=thing).select_related("creator__user", "transaction").order_by("-id")
        )
        rows = [
            [
                moment(one.transaction.created_at),
                to("transaction", one.transaction_id, one.get_source_display()),
                str(getattr(one.creator, "user", "deleted user")),
                f"{one.coins:,}",
                money_text(one.gross, thing.currency),
                money_text(one.amount, thing.currency),
            ]
            for one in spent[:SHOWN]
        ]
        return [Table("Spent", ["at", "as", "on", "coins", "worth", "creator's part"], rows)]


@admin.register(Earning)
class EarningAdmin(Storied):
    list_display = ["id", "charged_at", "source", "person", "gross", "amount", "taken", "coins", "is_pending"]
    list_select_related = ["creator__user"]
    ordering = ["-id"]
    search_fields = ["id"]
    search_help_text = "Whole: a lot, an order, or a creator (what they have on hold)."
    raw_id_fields = ["transaction", "lot", "creator", "stream"]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Earning], search_term: str
    ) -> tuple[QuerySet[Earning], bool]:
        """By what is indexed."""
        wanted = search_term.strip()
        if not wanted:
            return queryset, False
        of_order = queryset.filter(order_reference=wanted)
        if is_uuid(wanted):
            lots = CoinLot.objects.filter(order_reference=wanted).values_list("pk", flat=True)
            of_order = of_order | queryset.filter(lot__in=[wanted, *lots])
        return of_order | queryset.filter(is_pending=True, creator__in=parties_found(wanted)), False

    @admin.display(description="creator")
    def person(self, earning: Earning) -> str:
        return person_link(earning.creator)

    def tools(self, request: HttpRequest, thing: Earning) -> list[Link]:
        return [link("transaction", thing.transaction_id, "Transaction")]


@admin.register(LedgerCheck)
class LedgerCheckAdmin(Storied):
    list_display = ["at", "found", "unspent_coins", "unspent_money"]
    exclude = ["differences"]

    @admin.display(description="differences")
    def found(self, check: LedgerCheck) -> int:
        return len(check.differences)

    def story(self, request: HttpRequest, thing: LedgerCheck) -> list[Table]:
        rows = [
            [one["what"], one["account"], str(one["amount"]), _linked(one["transaction"])]
            for one in thing.differences
        ]
        return [Table("Differences", ["what", "account", "amount", "newest transaction"], rows)]


def _linked(transaction_id: str | None) -> str | Link:
    if transaction_id is None:
        return ""
    return link("transaction", transaction_id, transaction_id) if is_uuid(transaction_id) else transaction_id


def _owed(account: Account) -> int | None:
    """By all entries, if that is quickly done."""
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(SUM_MS)])
            return owed_on(account.pk)
    except OperationalError:
        return None
