"""Who is kept out of a channel, asked at every door: a function, whose plans are kept."""

from django.db import migrations

SHUT_OUT = """
-- What keeps a person, or who comes with these hashes of a network and a browser, out of a channel, or silent in it.
-- Only the first reason is looked for, in the order of the columns. Without an account ``person`` is null.
CREATE FUNCTION moderation_shut_out(
    channel uuid, person uuid, hashes bytea[], moment timestamptz,
    OUT is_blocked boolean, OUT is_banned boolean, OUT until timestamptz, OUT reason text, OUT has_asked boolean,
    OUT by_network boolean, OUT caution uuid, OUT caution_reason text
) LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_variable
DECLARE
    ban uuid;
BEGIN
    is_blocked := false;
    is_banned := false;
    by_network := false;
    IF person IS NOT NULL THEN
        is_blocked := EXISTS (SELECT FROM accounts_block WHERE blocker_id = channel AND blocked_id = person);
        IF is_blocked THEN
            RETURN;
        END IF;
        SELECT b.id, b.until, b.reason INTO ban, until, reason FROM moderation_ban b
        WHERE b.channel_id = channel AND b.person_id = person AND (b.until IS NULL OR b.until > moment);
        is_banned := FOUND;
        IF is_banned AND until IS NULL THEN
            has_asked := EXISTS (SELECT FROM moderation_unbanrequest WHERE ban_id = ban);
            RETURN;
        END IF;
    END IF;
    -- Nobody of the team is shut out for where they come from.
    IF EXISTS (
        SELECT FROM moderation_networkban n
        WHERE n.channel_id = channel AND n.hash = ANY(hashes) AND n.expires_at > moment
    ) THEN
        by_network := NOT EXISTS (
            SELECT FROM moderation_teammember t
            WHERE t.channel_id = channel AND t.person_id = person AND t.accepted_at IS NOT NULL
        );
        IF by_network THEN
            RETURN;
        END IF;
    END IF;
    IF person IS NOT NULL THEN
        SELECT c.id, c.reason INTO caution, caution_reason FROM moderation_caution c
        WHERE c.channel_id = channel AND c.person_id = person AND c.read_at IS NULL ORDER BY c.id LIMIT 1;
    END IF;
END
$$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("moderation", "0007_legal"),
        ("accounts", "0006_blocks"),
    ]

    operations = [
        migrations.RunSQL(SHUT_OUT, "DROP FUNCTION moderation_shut_out(uuid, uuid, bytea[], timestamptz);")
    ]
