"""What the books have of a person: given to them on request. Erasing somebody leaves the books whole."""

from accounts.erasure import register_eraser
from accounts.exports import Files, as_json, register_exporter
from accounts.models import User
from payments.models import CoinLot, Earning, Entry, Wallet


@register_eraser
def erase(user: User) -> None:
    """Nobody spends what the person left; it stays in the books as unspent."""
    Wallet.objects.filter(pk=user.party_id).update(frozen=Wallet.Frozen.ERASED)


@register_exporter
def export(user: User) -> Files:
    party = user.party_id
    wallet = Wallet.objects.filter(pk=party).values("balance_coins", "frozen").first()
    lots = CoinLot.objects.filter(party=party).order_by("id")
    earnings = Earning.objects.filter(creator=party).order_by("id")
    entries = Entry.objects.filter(account__party=party).order_by("transaction_id", "line")
    return {
        "wallet.json": as_json(
            {
                "wallet": wallet,
                "lots": list(
                    lots.values(
                        "id", "source", "order_reference", "coins", "gone", "price", "currency", "charged_at"
                    )
                ),
            }
        ),
        "earnings.json": as_json(
            list(earnings.values("id", "source", "stream_id", "gross", "amount", "charged_at", "is_pending"))
        ),
        "books.json": as_json(
            list(
                entries.values(
                    "transaction_id",
                    "transaction__kind",
                    "transaction__created_at",
                    "account__kind",
                    "account__currency",
                    "amount",
                )
            )
        ),
    }
