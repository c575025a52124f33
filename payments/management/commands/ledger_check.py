from typing import Any

from django.core.management.base import BaseCommand, CommandError

from payments.ledger.check import ledger_check


class Command(BaseCommand):
    help = (
        "Compares wallets, lots, balances and leaderboards with the ledger's entries, and tells what differs."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        check = ledger_check()
        money = (
            ", ".join(f"{amount} {currency}" for currency, amount in check.unspent_money.items()) or "nothing"
        )
        self.stdout.write(f"Unspent: {check.unspent_coins} coins, sold for {money} (minor units).")
        for found in check.differences:
            self.stdout.write("{what}: {amount} at {account}, transaction {transaction}".format(**found))
        if check.differences:
            raise CommandError(f"{len(check.differences)} differences")
        self.stdout.write("The books are balanced.")
