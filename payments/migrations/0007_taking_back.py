"""Anything that was paid can be called back, in whole or in part: by a dispute or by a refund."""

import importlib

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q

# Without this the changes to the tables would come upon foreign keys that are still to be looked at.
AT_ONCE, AT_COMMIT = "SET CONSTRAINTS ALL IMMEDIATE;\n", "SET CONSTRAINTS ALL DEFERRED;\n"

EARNINGS = """
-- What a won dispute gave again was an earning with its own share of the price; that share is the first one's again.
UPDATE payments_earning SET gross = 0 WHERE lot_id IS NOT NULL AND coins = 0;
UPDATE payments_earning earning SET back = earning.coins
FROM payments_dispute dispute WHERE dispute.id = earning.voided_by_id AND dispute.state <> 'won' AND dispute.opened_id IS NOT NULL;
UPDATE payments_earning earning
SET order_reference = substr(made.about, length('order:') + 1), processing = earning.gross - entry.amount
FROM payments_transaction made, payments_entry entry, payments_account account
WHERE earning.lot_id IS NULL AND made.id = earning.transaction_id AND entry.transaction_id = made.id
    AND account.id = entry.account_id AND account.kind = 'provider';
"""
DISPUTES = """
UPDATE payments_dispute dispute SET order_reference = lot.order_reference, payer_id = lot.party_id
FROM payments_coinlot lot WHERE lot.id = dispute.lot_id;
"""
# What was kept for each creator, now for each of their earnings: first what was pending, then debt, then loss.
TAKINGS = """
INSERT INTO payments_taking (
    transaction_id, earning_id, part, gross, from_platform, from_processing, from_pending, from_debt, from_loss,
    is_given_again
)
SELECT opened_id, earning_id, coins, gross, gross - amount, 0,
    least(until, pending) - least(until - amount, pending),
    greatest(least(until, pending + debt) - pending, 0) - greatest(least(until - amount, pending + debt) - pending, 0),
    greatest(until - pending - debt, 0) - greatest(until - amount - pending - debt, 0),
    state = 'won'
FROM (
    SELECT dispute.opened_id, dispute.state, earning.id AS earning_id, earning.coins, earning.gross, earning.amount,
        taking.from_pending AS pending, taking.from_debt AS debt,
        sum(earning.amount) OVER (PARTITION BY taking.id ORDER BY earning.id) AS until
    FROM payments_taking taking
    JOIN payments_dispute dispute ON dispute.id = taking.dispute_id
    JOIN payments_earning earning
        ON earning.voided_by_id = dispute.id AND earning.creator_id = taking.creator_id AND earning.coins > 0
    WHERE dispute.opened_id IS NOT NULL
) taken;
DELETE FROM payments_taking WHERE earning_id IS NULL;
"""

_WAS = importlib.import_module("payments.migrations.0002_rules").SPEND
_SHARED = ") VALUES (pending, gained, stream, creator, payer, anonymous, coins, moment);"
assert _WAS.count("CREATE FUNCTION") == _WAS.count(_SHARED) == 1
_REPLACED = _WAS.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
# Only gifts count in totals and on leaderboards.
SPEND = _REPLACED.replace(
    _SHARED,
    """) VALUES (
        pending, gained, CASE WHEN kind = 'gift' THEN stream END, creator, payer, anonymous,
        CASE WHEN kind = 'gift' THEN coins ELSE 0 END, moment
    );""",
)


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0008_data_export"),
        ("payments", "0006_order_for"),
    ]

    operations = [
        migrations.AddField(
            model_name="earning",
            name="processing",
            field=models.BigIntegerField(db_default=0),
        ),
        migrations.AddField(
            model_name="earning",
            name="order_reference",
            field=models.CharField(max_length=80, null=True),
        ),
        migrations.AddField(
            model_name="earning",
            name="back",
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="dispute",
            name="order_reference",
            field=models.CharField(db_index=True, default="", max_length=80),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="dispute",
            name="payer",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="disputes",
                to="accounts.party",
            ),
        ),
        migrations.RemoveConstraint(model_name="taking", name="taking_once"),
        migrations.AlterModelOptions(name="taking", options={"ordering": ["id"]}),
        migrations.AlterField(
            model_name="taking",
            name="dispute",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="takings",
                to="payments.dispute",
            ),
        ),
        migrations.AlterField(
            model_name="taking",
            name="creator",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="takings",
                to="accounts.party",
            ),
        ),
        migrations.AddField(
            model_name="taking",
            name="transaction",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="takings",
                to="payments.transaction",
            ),
        ),
        migrations.AddField(
            model_name="taking",
            name="earning",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="takings",
                to="payments.earning",
            ),
        ),
        migrations.AddField(
            model_name="taking", name="part", field=models.BigIntegerField(default=0), preserve_default=False
        ),
        migrations.AddField(
            model_name="taking", name="gross", field=models.BigIntegerField(default=0), preserve_default=False
        ),
        migrations.AddField(
            model_name="taking", name="from_processing", field=models.BigIntegerField(default=0)
        ),
        migrations.AddField(
            model_name="taking", name="is_given_again", field=models.BooleanField(default=False)
        ),
        migrations.RunSQL(AT_ONCE + EARNINGS + DISPUTES + TAKINGS + AT_COMMIT, migrations.RunSQL.noop),
        migrations.RemoveField(model_name="taking", name="dispute"),
        migrations.RemoveField(model_name="taking", name="creator"),
        migrations.RemoveField(model_name="earning", name="voided_by"),
        migrations.RemoveField(model_name="dispute", name="lot"),
        migrations.AlterField(
            model_name="dispute",
            name="payer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="disputes",
                to="accounts.party",
            ),
        ),
        migrations.AlterField(
            model_name="taking",
            name="transaction",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="takings",
                to="payments.transaction",
            ),
        ),
        migrations.AlterField(
            model_name="taking",
            name="earning",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="takings",
                to="payments.earning",
            ),
        ),
        migrations.AddConstraint(
            model_name="taking",
            constraint=models.UniqueConstraint(fields=("transaction", "earning"), name="taking_once"),
        ),
        migrations.AddConstraint(
            model_name="taking",
            constraint=models.CheckConstraint(
                condition=Q(
                    gross=F("from_platform")
                    + F("from_processing")
                    + F("from_pending")
                    + F("from_debt")
                    + F("from_loss")
                ),
                name="taking_adds_up",
            ),
        ),
        migrations.AddConstraint(
            model_name="taking",
            constraint=models.CheckConstraint(
                condition=Q(part__gt=0, from_pending__gte=0, from_debt__gte=0, from_loss__gte=0),
                name="taking_takes",
            ),
        ),
        migrations.AddConstraint(
            model_name="earning",
            constraint=models.CheckConstraint(
                condition=Q(coins__gt=0, back__gte=0, back__lte=F("coins"))
                | Q(coins=0, back__gte=0, back__lte=F("gross")),
                name="earning_not_called_back_twice",
            ),
        ),
        migrations.AddConstraint(
            model_name="earning",
            constraint=models.UniqueConstraint(
                condition=Q(order_reference__isnull=False),
                fields=("order_reference",),
                name="earning_once_an_order",
            ),
        ),
        migrations.RunSQL(SPEND, _REPLACED),
    ]
