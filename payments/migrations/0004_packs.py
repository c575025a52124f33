"""Packs to begin with, for staff to change: where there are dollars, with prices that pay the creators."""

from typing import Any

from django.db import migrations

PRICES = {200: 249, 500: 599, 1000: 1099, 2500: 2699, 5000: 5299, 10_000: 10_499}


def seed(apps: Any, schema_editor: Any) -> None:
    from payments.packs import net_covers
    from payments.terms import terms

    pack_of, price_of = apps.get_model("payments", "CoinPack"), apps.get_model("payments", "CoinPackPrice")
    dollars = terms().get("usd")
    for coins, price in PRICES.items():
        pack, _made = pack_of.objects.get_or_create(coins=coins)
        if dollars is not None and net_covers(coins=coins, price=price, terms=dollars):
            price_of.objects.get_or_create(pack=pack, currency="usd", defaults={"price": price})


class Migration(migrations.Migration):
    dependencies = [("payments", "0003_orders")]

    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
