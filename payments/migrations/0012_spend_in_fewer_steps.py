"""Every gift goes through these functions: what they ask for is asked once, and their plans are made once."""

from importlib import import_module

from django.db import migrations

before = import_module("payments.migrations.0011_creators")

# A plan for any values is the plan for these: each looks up single rows by an index. Left to itself PostgreSQL makes
# some of them anew for every gift.
PLANS = """
ALTER FUNCTION payments_account_of(text, uuid, text) SET plan_cache_mode = force_generic_plan;
ALTER FUNCTION payments_begin(uuid, text, text, text, text, timestamptz) SET plan_cache_mode = force_generic_plan;
ALTER FUNCTION payments_entries_belong() SET plan_cache_mode = force_generic_plan;
ALTER FUNCTION payments_transaction_balances() SET plan_cache_mode = force_generic_plan;
"""
PLANS_BEFORE = """
ALTER FUNCTION payments_account_of(text, uuid, text) RESET plan_cache_mode;
ALTER FUNCTION payments_begin(uuid, text, text, text, text, timestamptz) RESET plan_cache_mode;
ALTER FUNCTION payments_entries_belong() RESET plan_cache_mode;
ALTER FUNCTION payments_transaction_balances() RESET plan_cache_mode;
"""

SPEND = """
-- Takes coins off a wallet, oldest lots first, and books money for a creator: worth / whole minor units a coin. Outcomes:
-- done; replayed, for a key that is known with this content; reused, with another one; frozen; short.
-- own_channel; shared_card. The one door for coins, whatever they are spent on: nobody pays themselves here, nor by
-- another account.
-- Writes rows of the payer's own, and new ones; nothing that two payers share.
CREATE OR REPLACE FUNCTION payments_spend(
    id uuid, kind text, key text, hash text, about text, moment timestamptz,
    payer uuid, creator uuid, stream uuid, coins bigint, anonymous boolean,
    currency text, worth bigint, whole bigint,
    OUT outcome text, OUT known uuid, OUT balance bigint
) LANGUAGE plpgsql SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_variable
DECLARE
    wallet payments_wallet%ROWTYPE;
    lot payments_coinlot%ROWTYPE;
    same boolean;
    shared boolean;
    wanted bigint := coins;
    piece bigint;
    gross bigint;
    gain bigint;
    gained bigint := 0;
    line integer := 0;
    coins_out bigint;
    coins_sold bigint;
    platform bigint;
    pending bigint;
BEGIN
    -- Whatever this payer does at the same moment waits here.
    SELECT * INTO wallet FROM payments_wallet w WHERE w.party_id = payer FOR NO KEY UPDATE;
    balance := coalesce(wallet.balance_coins, 0);
    SELECT t.id, t.request_hash = hash INTO known, same FROM payments_transaction t WHERE t.idempotency_key = key;
    IF FOUND THEN
        outcome := CASE WHEN same THEN 'replayed' ELSE 'reused' END;
        RETURN;
    ELSIF wallet.frozen <> '' THEN
        outcome := 'frozen';
        RETURN;
    ELSIF payer = creator THEN
        outcome := 'own_channel';
        RETURN;
    END IF;
    -- Each is one look into an index; a statement of its own would cost more than the look.
    SELECT
        EXISTS (
            SELECT FROM payments_sharedcard s
            WHERE s.first_id = least(payer, creator) AND s.second_id = greatest(payer, creator)
        ),
        (SELECT a.id FROM payments_account a WHERE a.kind = 'coins_out' AND a.party_id IS NULL AND a.currency = 'coin'),
        (SELECT a.id FROM payments_account a WHERE a.kind = 'coins_sold' AND a.party_id IS NULL AND a.currency = currency),
        (SELECT a.id FROM payments_account a WHERE a.kind = 'platform' AND a.party_id IS NULL AND a.currency = currency),
        (SELECT a.id FROM payments_account a WHERE a.kind = 'pending' AND a.party_id = creator AND a.currency = currency)
    INTO shared, coins_out, coins_sold, platform, pending;
    IF shared THEN
        outcome := 'shared_card';
        RETURN;
    ELSIF coins <= 0 OR balance < coins THEN
        outcome := 'short';
        RETURN;
    END IF;
    -- Those that are needed for the first time.
    coins_out := coalesce(coins_out, payments_account_of('coins_out', NULL, 'coin'));
    coins_sold := coalesce(coins_sold, payments_account_of('coins_sold', NULL, currency));
    platform := coalesce(platform, payments_account_of('platform', NULL, currency));
    pending := coalesce(pending, payments_account_of('pending', creator, currency));

    INSERT INTO payments_transaction (id, kind, idempotency_key, request_hash, about, created_at)
    VALUES (id, kind, key, hash, about, moment);
    FOR lot IN
        SELECT * FROM payments_coinlot l WHERE l.party_id = payer AND l.is_open ORDER BY l.id FOR NO KEY UPDATE
    LOOP
        IF lot.currency <> currency THEN
            RAISE EXCEPTION 'lot % is in %, the books are in %', lot.id, lot.currency, currency;
        END IF;
        piece := least(lot.coins - lot.gone, wanted);
        gross := payments_share(lot.price, lot.gone + piece, lot.coins)
            - payments_share(lot.price, lot.gone, lot.coins);
        gain := payments_share(lot.gone + piece, worth, whole) - payments_share(lot.gone, worth, whole);
        INSERT INTO payments_entry (transaction_id, line, account_id, amount, lot_id)
        SELECT id, line + side.line, side.account, side.amount, side.lot
        FROM (
            VALUES (1, wallet.account_id, piece, lot.id), (2, coins_out, -piece, NULL),
                (3, coins_sold, gross, lot.id), (4, pending, -gain, NULL), (5, platform, gain - gross, NULL)
        ) AS side (line, account, amount, lot)
        WHERE side.amount <> 0;
        INSERT INTO payments_earning (
            transaction_id, source, lot_id, creator_id, stream_id, coins, anonymous, gross, amount, taken,
            charged_at, is_pending
        ) VALUES (
            id, kind, lot.id, creator, stream, piece, anonymous, gross, gain, 0, lot.charged_at, true
        );
        UPDATE payments_coinlot l SET gone = l.gone + piece, is_open = l.gone + piece < l.coins WHERE l.id = lot.id;
        line := line + 5;
        gained := gained + gain;
        wanted := wanted - piece;
        EXIT WHEN wanted = 0;
    END LOOP;
    IF wanted > 0 THEN
        RAISE EXCEPTION 'the wallet of % has % coins more than its lots', payer, wanted;
    END IF;
    UPDATE payments_wallet w SET balance_coins = w.balance_coins - coins WHERE w.party_id = payer;
    -- Only gifts count in totals and on leaderboards.
    INSERT INTO payments_queuedcredit (
        account_id, amount, stream_id, creator_id, sender_id, anonymous, coins, gifted_at
    ) VALUES (
        pending, gained, CASE WHEN kind = 'gift' THEN stream END, creator, payer, anonymous,
        CASE WHEN kind = 'gift' THEN coins ELSE 0 END, moment
    );
    outcome := 'done';
    known := id;
    balance := balance - coins;
END
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0011_creators")]

    operations = [migrations.RunSQL(PLANS + SPEND, PLANS_BEFORE + before.SPEND)]
