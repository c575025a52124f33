"""A gift locks nothing but what is its sender's own: neither the stream's row nor the sender's party."""

from importlib import import_module

import django.db.models.deletion
from django.db import migrations, models

_WAS = import_module("gifts.migrations.0003_combos_and_goals").SEND
_BEGINS = "CREATE FUNCTION gifts_send("
assert _WAS.count(_BEGINS) == 1
BEFORE = _WAS[_WAS.index(_BEGINS) :].replace(_BEGINS, "CREATE OR REPLACE FUNCTION gifts_send(")

SEND = """
-- Outcomes are those of payments_spend, and: over, own_channel, price_changed. The fact is stored with what it is
-- about, or not at all.
-- The stream is looked at, not locked. Who begins while it is live may commit a moment after its end: nothing that
-- an end does adds up gifts, the fold adds each to the totals whenever it comes, and nothing deletes a stream. A lock
-- that all senders hold on one row at once would cost each of them a list of all the others.
-- The streak that the sender's last tap on this gift belongs to grows, if it lasts until this moment; else one begins,
-- which lasts until ends_at. It comes back as it is then, and goes into the fact.
CREATE OR REPLACE FUNCTION gifts_send(
    id uuid, key text, hash text, moment timestamptz, sender uuid, stream uuid, gift uuid,
    quantity integer, price bigint, anonymous boolean, currency text, worth bigint, whole bigint,
    fact_name text, fact jsonb, ends_at timestamptz,
    OUT outcome text, OUT known uuid, OUT balance bigint,
    OUT combo uuid, OUT combo_quantity bigint, OUT combo_coins bigint, OUT combo_ends_at timestamptz
) LANGUAGE plpgsql SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_variable
DECLARE
    creator uuid;
    before text;
    coins bigint := quantity * price;
BEGIN
    SELECT
        s.party_id,
        CASE
            WHEN s.status <> 'live' THEN 'over'
            WHEN s.party_id = sender THEN 'own_channel'
            WHEN g.id IS NULL THEN 'price_changed'
        END
    INTO creator, outcome
    FROM streams_stream s LEFT JOIN gifts_gift g ON g.id = gift AND g.on_sale AND g.price_coins = price
    WHERE s.id = stream;
    IF outcome IS NOT NULL OR creator IS NULL THEN
        -- What was sent before answers as it did then; payments_spend looks for the rest.
        SELECT t.id, CASE WHEN t.request_hash = hash THEN 'replayed' ELSE 'reused' END INTO known, before
        FROM payments_transaction t WHERE t.idempotency_key = key;
        outcome := coalesce(before, outcome, 'over');
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


class Migration(migrations.Migration):
    dependencies = [
        ("gifts", "0003_combos_and_goals"),
        ("payments", "0012_spend_in_fewer_steps"),
    ]

    operations = [
        migrations.AlterField(
            model_name="giftsend",
            name="sender",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="gifts_sent",
                to="accounts.party",
            ),
        ),
        migrations.RunSQL(SEND, BEFORE),
    ]
