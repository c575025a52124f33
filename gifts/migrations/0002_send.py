"""Sending a gift is one statement: this function with ``payments_spend`` in it. And what can be given at first."""

import uuid

from django.db import migrations

SEND = """
-- Outcomes are those of payments_spend, and: over, own_channel, price_changed. Waits for a stream that is just being
-- ended, as a foreign key would. The fact is stored with what it is about, or not at all.
CREATE FUNCTION gifts_send(
    id uuid, key text, hash text, moment timestamptz, sender uuid, stream uuid, gift uuid,
    quantity integer, price bigint, anonymous boolean, currency text, worth bigint, whole bigint,
    fact_name text, fact jsonb,
    OUT outcome text, OUT known uuid, OUT balance bigint
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
    INSERT INTO gifts_giftsend (id, gift_id, stream_id, sender_id, quantity, coins, anonymous, created_at)
    VALUES (id, gift, stream, sender, quantity, coins, anonymous, moment);
    IF fact_name IS NOT NULL THEN
        INSERT INTO core_outboxfact (id, name, payload, created_at, claimed_at, attempts)
        VALUES (id, fact_name, fact, moment, moment, 0);
    END IF;
END
$$;
"""
UNDO = """
DROP FUNCTION gifts_send(
    uuid, text, text, timestamptz, uuid, uuid, uuid, integer, bigint, boolean, text, bigint, bigint, text, jsonb
);
"""

FIRST = (
    ("rose", "Rose", 1, "float", "common"),
    ("heart", "Heart", 2, "float", "common"),
    ("star", "Star", 5, "burst", "rare"),
    ("diamond", "Diamond", 10, "burst", "epic"),
    ("rocket", "Rocket", 20, "fireworks", "epic"),
    ("crown", "Crown", 50, "fireworks", "legendary"),
    ("mansion", "Mansion", 100, "confetti", "legendary"),
)


def seed(apps, schema_editor):
    gift = apps.get_model("gifts", "Gift")
    for sku, name, price, animation, rarity in FIRST:
        gift.objects.get_or_create(
            sku=sku,
            defaults={
                # The same on every installation.
                "id": uuid.uuid5(uuid.NAMESPACE_URL, f"busk:gift:{sku}"),
                "name": name,
                "price_coins": price,
                "animation": animation,
                "rarity": rarity,
            },
        )


class Migration(migrations.Migration):
    dependencies = [("core", "0001_initial"), ("payments", "0002_rules"), ("gifts", "0001_initial")]

    operations = [
        migrations.RunSQL(SEND, UNDO),
        migrations.RunPython(seed, migrations.RunPython.noop),
    ]
