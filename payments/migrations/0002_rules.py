"""What the database itself holds of docs/money.md, and the functions that write the books in one round trip."""

from django.db import migrations

# A plan made while the tables were empty reads all of them, and is kept until they are analysed: on a new site all
# evening. So whatever runs with every gift is told to look into indexes.
RULES = """
-- Half up; the twin of payments.rounding.share.
CREATE FUNCTION payments_share(amount bigint, part bigint, whole bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS 'SELECT (2 * amount * part + whole) / (2 * whole)';

-- What a difference is told by.
CREATE FUNCTION payments_account_name(account payments_account) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT account.kind || coalesce(' of ' || account.party_id, '') || ' in ' || account.currency
$$;

-- Which database transaction made the row: only that one may add entries.
ALTER TABLE payments_transaction ADD COLUMN made_in xid8 NOT NULL DEFAULT pg_current_xact_id();

CREATE TRIGGER account_append_only BEFORE UPDATE OR DELETE ON payments_account
    FOR EACH ROW EXECUTE FUNCTION core_append_only();
CREATE TRIGGER transaction_append_only BEFORE UPDATE OR DELETE ON payments_transaction
    FOR EACH ROW EXECUTE FUNCTION core_append_only();
CREATE TRIGGER entry_append_only BEFORE UPDATE OR DELETE ON payments_entry
    FOR EACH ROW EXECUTE FUNCTION core_append_only();

CREATE FUNCTION payments_entries_belong() RETURNS trigger LANGUAGE plpgsql
SET enable_seqscan = off AS $$
BEGIN
    IF EXISTS (
        SELECT FROM added WHERE NOT EXISTS (
            SELECT FROM payments_transaction
            WHERE payments_transaction.id = added.transaction_id AND made_in = pg_current_xact_id()
        )
    ) THEN
        RAISE EXCEPTION 'entries come together with their transaction' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER entries_belong AFTER INSERT ON payments_entry
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION payments_entries_belong();

-- One look at each transaction, when everything about it has been written.
CREATE FUNCTION payments_transaction_balances() RETURNS trigger LANGUAGE plpgsql
SET enable_seqscan = off AS $$
DECLARE
    currencies bigint;
    wrong text;
BEGIN
    SELECT count(*), string_agg(total || ' ' || coalesce(currency, 'of no account'), ', ')
        FILTER (WHERE total <> 0 OR currency IS NULL)
    INTO currencies, wrong
    FROM (
        SELECT account.currency, sum(entry.amount) AS total
        FROM payments_entry AS entry LEFT JOIN payments_account AS account ON account.id = entry.account_id
        WHERE entry.transaction_id = NEW.id GROUP BY account.currency
    ) AS sums;
    IF currencies = 0 THEN
        RAISE EXCEPTION 'transaction % is empty', NEW.id USING ERRCODE = 'check_violation';
    ELSIF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'transaction % does not balance: %', NEW.id, wrong USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER transaction_balances AFTER INSERT ON payments_transaction
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION payments_transaction_balances();

-- The account of this kind, made when it is needed for the first time.
CREATE FUNCTION payments_account_of(kind text, party uuid, currency text) RETURNS bigint LANGUAGE plpgsql
SET enable_seqscan = off AS $$
#variable_conflict use_variable
DECLARE
    found bigint;
BEGIN
    LOOP
        -- Asked for apart, so that both are looked up in the index.
        IF party IS NULL THEN
            SELECT a.id INTO found FROM payments_account a
            WHERE a.kind = kind AND a.party_id IS NULL AND a.currency = currency;
        ELSE
            SELECT a.id INTO found FROM payments_account a
            WHERE a.kind = kind AND a.party_id = party AND a.currency = currency;
        END IF;
        EXIT WHEN found IS NOT NULL;
        INSERT INTO payments_account (kind, party_id, currency) VALUES (kind, party, currency)
        ON CONFLICT DO NOTHING;
    END LOOP;
    RETURN found;
END
$$;

-- Begins a transaction, or finds the one that the key has already. BK001: the key belongs to something else.
CREATE FUNCTION payments_begin(
    id uuid, kind text, key text, hash text, about text, moment timestamptz, OUT known uuid, OUT fresh boolean
) LANGUAGE plpgsql SET enable_seqscan = off AS $$
#variable_conflict use_variable
DECLARE
    same boolean;
BEGIN
    INSERT INTO payments_transaction (id, kind, idempotency_key, request_hash, about, created_at)
    VALUES (id, kind, key, hash, about, moment) ON CONFLICT (idempotency_key) DO NOTHING;
    known := id;
    fresh := FOUND;
    IF NOT fresh THEN
        SELECT t.id, t.request_hash = hash INTO known, same
        FROM payments_transaction t WHERE t.idempotency_key = key;
        IF NOT same THEN
            RAISE EXCEPTION 'the key % was used for something else', key USING ERRCODE = 'BK001';
        END IF;
    END IF;
END
$$;
"""

SPEND = """
-- Takes coins off a wallet, oldest lots first, and books money for a creator: worth / whole minor units a coin. Outcomes:
-- done; replayed, for a key that is known with this content; reused, with another one; frozen; short.
-- Writes rows of the payer's own, and new ones; nothing that two payers share.
CREATE FUNCTION payments_spend(
    id uuid, kind text, key text, hash text, about text, moment timestamptz,
    payer uuid, creator uuid, stream uuid, coins bigint, anonymous boolean,
    currency text, worth bigint, whole bigint,
    OUT outcome text, OUT known uuid, OUT balance bigint
) LANGUAGE plpgsql SET enable_seqscan = off AS $$
#variable_conflict use_variable
DECLARE
    wallet payments_wallet%ROWTYPE;
    lot payments_coinlot%ROWTYPE;
    same boolean;
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
    ELSIF coins <= 0 OR balance < coins THEN
        outcome := 'short';
        RETURN;
    END IF;
    coins_out := payments_account_of('coins_out', NULL, 'coin');
    coins_sold := payments_account_of('coins_sold', NULL, currency);
    platform := payments_account_of('platform', NULL, currency);
    pending := payments_account_of('pending', creator, currency);

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
    INSERT INTO payments_queuedcredit (
        account_id, amount, stream_id, creator_id, sender_id, anonymous, coins, gifted_at
    ) VALUES (pending, gained, stream, creator, payer, anonymous, coins, moment);
    outcome := 'done';
    known := id;
    balance := balance - coins;
END
$$;
"""

UNDO = """
DROP FUNCTION payments_spend(
    uuid, text, text, text, text, timestamptz, uuid, uuid, uuid, bigint, boolean, text, bigint, bigint
);
DROP FUNCTION payments_begin(uuid, text, text, text, text, timestamptz);
DROP FUNCTION payments_account_of(text, uuid, text);
DROP TRIGGER transaction_balances ON payments_transaction;
DROP FUNCTION payments_transaction_balances();
DROP TRIGGER entries_belong ON payments_entry;
DROP FUNCTION payments_entries_belong();
DROP TRIGGER entry_append_only ON payments_entry;
DROP TRIGGER transaction_append_only ON payments_transaction;
DROP TRIGGER account_append_only ON payments_account;
ALTER TABLE payments_transaction DROP COLUMN made_in;
DROP FUNCTION payments_account_name(payments_account);
DROP FUNCTION payments_share(bigint, bigint, bigint);
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0002_audit"), ("payments", "0001_initial")]

    operations = [migrations.RunSQL(RULES + SPEND, UNDO)]
