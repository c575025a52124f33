from django.db import migrations

# All that decides about the lines of one room, in one round trip. With ``turn`` the room's row is held until commit:
# the statement after the lock sees whatever was committed before, and nothing is committed by those who take turns here.
STANDING = """
CREATE FUNCTION moderation_standing(room uuid, authors uuid[], names text[], turn boolean)
RETURNS TABLE (
    channel_id uuid, is_over boolean, slow_seconds integer, followers_minutes integer, emote_only boolean,
    links text, automod_level integer, terms_here bigint, terms_everywhere bigint, waiting bigint, people text, held text
)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    -- Each person is looked up by themselves: a plan that reads all of a channel's followers once would do for most
    -- channels, and hold up the largest.
    IF turn THEN
        PERFORM FROM realtime_room WHERE id = room FOR UPDATE;
        IF NOT FOUND THEN
            INSERT INTO realtime_room (id, last_seq) VALUES (room, 0) ON CONFLICT DO NOTHING;
            PERFORM FROM realtime_room WHERE id = room FOR UPDATE;
        END IF;
    END IF;
    RETURN QUERY
    SELECT
        stream.creator_id,
        stream.status IN ('ended', 'cancelled'),
        modes.slow_seconds::integer,
        modes.followers_minutes,
        coalesce(modes.emote_only, false),
        coalesce(modes.links, 'allow')::text,
        coalesce(modes.automod_level, 0)::integer,
        coalesce(
            (SELECT version FROM moderation_termsversion AS terms WHERE terms.channel_id = stream.creator_id), 0
        ),
        coalesce(
            (
                SELECT version FROM moderation_termsversion AS terms
                WHERE terms.channel_id = '00000000-0000-0000-0000-000000000000'
            ),
            0
        ),
        (
            SELECT count(*) FROM moderation_heldmessage AS message
            WHERE message.channel_id = stream.creator_id AND message.state = 'held'
        ),
        (
            SELECT json_agg(json_build_array(
                person.id, person.is_active, person.is_staff,
                (
                    SELECT role FROM moderation_teammember AS member
                    WHERE member.person_id = person.id AND member.channel_id = stream.creator_id
                        AND member.accepted_at IS NOT NULL
                ),
                (
                    SELECT created_at FROM accounts_follow AS follow
                    WHERE follow.follower_id = person.id AND follow.creator_id = stream.creator_id
                ),
                EXISTS (
                    SELECT FROM accounts_block
                    WHERE blocker_id = stream.creator_id AND blocked_id = person.id
                ),
                ban.id IS NOT NULL, ban.until, ban.reason, caution.id, caution.reason,
                kept.newest, kept.waiting
            ))::text
            FROM accounts_user AS person
            LEFT JOIN LATERAL (
                SELECT id, until, reason FROM moderation_ban
                WHERE person_id = person.id AND channel_id = stream.creator_id
                LIMIT 1
            ) AS ban ON true
            LEFT JOIN LATERAL (
                SELECT warning.id, warning.reason FROM moderation_caution AS warning
                WHERE warning.channel_id = stream.creator_id AND warning.person_id = person.id
                    AND warning.read_at IS NULL
                ORDER BY warning.id LIMIT 1
            ) AS caution ON true
            CROSS JOIN LATERAL (
                SELECT max(message.created_at) AS newest, count(*) FILTER (WHERE message.state = 'held') AS waiting
                FROM moderation_heldmessage AS message
                WHERE message.stream_id = room AND message.author_id = person.id
            ) AS kept
            WHERE person.id = ANY(authors)
        ),
        (
            SELECT json_agg(json_build_array(message.author_id, message.client_id, message.id))::text
            FROM moderation_heldmessage AS message
            WHERE message.stream_id = room AND message.author_id = ANY(authors)
                AND message.client_id = ANY(names)
        )
    FROM streams_stream AS stream
    LEFT JOIN moderation_chatmodes AS modes ON modes.channel_id = stream.creator_id
    WHERE stream.id = room;
END
$$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("realtime", "0001_initial"),
        ("moderation", "0004_terms"),
    ]

    operations = [
        migrations.RunSQL(STANDING, "DROP FUNCTION moderation_standing(uuid, uuid[], text[], boolean)"),
    ]
