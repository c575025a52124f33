"""Streaks, which ``gifts_send`` now begins and grows; and goals."""

from importlib import import_module

import django.db.models.deletion
from django.db import migrations, models

import core.ids

before = import_module("gifts.migrations.0002_send")

SEND = """
-- Room for a tap beside the one before it.
ALTER TABLE gifts_combo SET (fillfactor = 60);

-- Outcomes are those of payments_spend, and: over, own_channel, price_changed. Waits for a stream that is just being
-- ended, as a foreign key would. The fact is stored with what it is about, or not at all.
-- The streak that the sender's last tap on this gift belongs to grows, if it lasts until this moment; else one begins,
-- which lasts until ends_at. It comes back as it is then, and goes into the fact.
CREATE FUNCTION gifts_send(
    id uuid, key text, hash text, moment timestamptz, sender uuid, stream uuid, gift uuid,
    quantity integer, price bigint, anonymous boolean, currency text, worth bigint, whole bigint,
    fact_name text, fact jsonb, ends_at timestamptz,
    OUT outcome text, OUT known uuid, OUT balance bigint,
    OUT combo uuid, OUT combo_quantity bigint, OUT combo_coins bigint, OUT combo_ends_at timestamptz
) LANGUAGE plpgsql SET enable_seqscan = off AS $$
#variable_conflict use_variable
DECLARE
    creator uuid;
    status text;
    same boolean;
    coins bigint := quantity * price;
BEGIN
    SELECT t.id, t.request_hash = hash INTO known, same FROM payments_transaction t WHERE t.idempotency_key = key;
    IF FOUND THEN
        outcome := CASE WHEN same THEN 'replayed' ELSE 'reused' END;
        RETURN;
    END IF;
    SELECT s.status, s.party_id INTO status, creator FROM streams_stream s WHERE s.id = stream FOR KEY SHARE;
    IF status IS DISTINCT FROM 'live' THEN
        outcome := 'over';
        RETURN;
    ELSIF creator = sender THEN
        outcome := 'own_channel';
        RETURN;
    ELSIF NOT EXISTS (SELECT FROM gifts_gift g WHERE g.id = gift AND g.on_sale AND g.price_coins = price) THEN
        outcome := 'price_changed';
        RETURN;
    END IF;
    SELECT spent.outcome, spent.known, spent.balance INTO outcome, known, balance
    FROM payments_spend(
        id, 'gift', key, hash, '', moment, sender, creator, stream, coins, anonymous, currency, worth, whole
    ) AS spent;
    IF outcome <> 'done' THEN
        RETURN;
    END IF;
    -- The sender's other taps wait at the wallet, so the row is locked only by whoever takes it out: it has ended.
    UPDATE gifts_combo AS streak SET
        quantity = streak.quantity + quantity,
        coins = streak.coins + coins,
        ends_at = greatest(streak.ends_at, ends_at)
    WHERE streak.id = (
        SELECT c.id FROM gifts_combo c
        WHERE c.sender_id = sender AND c.stream_id = stream AND c.gift_id = gift AND c.anonymous = anonymous
            AND c.ends_at >= moment
        ORDER BY c.ends_at DESC LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED
    )
    RETURNING streak.id, streak.quantity, streak.coins, streak.ends_at
    INTO combo, combo_quantity, combo_coins, combo_ends_at;
    IF NOT FOUND THEN
        combo := id;
        combo_quantity := quantity;
        combo_coins := coins;
        combo_ends_at := ends_at;
        INSERT INTO gifts_combo (id, stream_id, gift_id, sender_id, anonymous, quantity, coins, ends_at)
        VALUES (id, stream, gift, sender, anonymous, quantity, coins, ends_at);
    END IF;
    INSERT INTO gifts_giftsend (id, gift_id, stream_id, sender_id, quantity, coins, anonymous, combo_id, created_at)
    VALUES (id, gift, stream, sender, quantity, coins, anonymous, combo, moment);
    IF fact_name IS NOT NULL THEN
        INSERT INTO core_outboxfact (id, name, payload, created_at, claimed_at, attempts)
        VALUES (id, fact_name, fact || jsonb_build_object('combo', jsonb_build_object(
            'id', combo, 'quantity', combo_quantity, 'coins', combo_coins, 'ends_at', combo_ends_at
        )), moment, moment, 0);
    END IF;
END
$$;
"""
UNDO = """
DROP FUNCTION gifts_send(
    uuid, text, text, timestamptz, uuid, uuid, uuid, integer, bigint, boolean, text, bigint, bigint, text, jsonb,
    timestamptz
);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("streams", "0001_initial"),
        ("gifts", "0002_send"),
    ]

    operations = [
        migrations.AddField(model_name="giftsend", name="combo_id", field=models.UUIDField(null=True)),
        migrations.CreateModel(
            name="Combo",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("anonymous", models.BooleanField()),
                ("quantity", models.PositiveBigIntegerField()),
                ("coins", models.PositiveBigIntegerField()),
                ("ends_at", models.DateTimeField()),
                (
                    "gift",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="combos",
                        to="gifts.gift",
                    ),
                ),
                (
                    "sender",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="combos",
                        to="accounts.party",
                    ),
                ),
                (
                    "stream",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="combos",
                        to="streams.stream",
                    ),
                ),
            ],
            options={"indexes": [models.Index(fields=["sender"], name="combo_by_sender")]},
        ),
        migrations.CreateModel(
            name="Goal",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("title", models.CharField(max_length=60)),
                ("target_coins", models.PositiveBigIntegerField()),
                ("coins", models.BigIntegerField(default=0)),
                ("set_at", models.DateTimeField()),
                ("reached_at", models.DateTimeField(blank=True, null=True)),
                ("told_coins", models.BigIntegerField(default=0)),
                ("told_at", models.DateTimeField()),
                (
                    "stream",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="goal",
                        to="streams.stream",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("coins", models.F("told_coins")), _negated=True),
                        fields=["told_at"],
                        name="goal_to_tell",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("target_coins__gt", 0)), name="goal_is_something"
                    )
                ],
            },
        ),
        migrations.RunSQL(before.UNDO, before.SEND),
        migrations.RunSQL(SEND, UNDO),
    ]
