from importlib import import_module

from django.db import migrations, models
from django.db.models import Q

# As before, and takes cards: of a kind of their own, named by the server, once each in a room whoever they are from.
ACCEPT = """
CREATE OR REPLACE FUNCTION chat_accept(room uuid, moment timestamptz, lines jsonb)
RETURNS TABLE (place bigint, id uuid, seq bigint, fresh boolean, text text, created_at timestamptz)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    -- Batches of one room wait for each other here, so that each sees what the others accepted.
    INSERT INTO realtime_room (id, last_seq) VALUES (room, 0) ON CONFLICT DO NOTHING;
    PERFORM FROM realtime_room WHERE realtime_room.id = room FOR UPDATE;
    RETURN QUERY
    WITH line AS (
        SELECT row.place, item.*
        FROM jsonb_array_elements(lines) WITH ORDINALITY AS row (content, place),
            jsonb_to_record(row.content) AS item (
                id uuid, party uuid, role text, kind text, client_id text, text text, card jsonb,
                pinned_until timestamptz, body text
            )
    ), known AS (
        SELECT line.place, message.id, message.seq, message.text, message.created_at
        FROM line
        JOIN chat_chatmessage AS message ON message.stream_id = room AND message.card IS NULL
            AND message.party_id = line.party AND message.client_id = line.client_id
        WHERE line.kind IS NULL
        UNION ALL
        SELECT line.place, message.id, message.seq, message.text, message.created_at
        FROM line
        JOIN chat_chatmessage AS message ON message.stream_id = room AND message.card IS NOT NULL
            AND message.client_id = line.client_id
        WHERE line.kind IS NOT NULL
    ), fresh AS (
        SELECT DISTINCT ON (line.kind IS NULL, CASE WHEN line.kind IS NULL THEN line.party END, line.client_id) line.*
        FROM line
        WHERE NOT EXISTS (SELECT FROM known WHERE known.place = line.place)
        ORDER BY
            line.kind IS NULL, CASE WHEN line.kind IS NULL THEN line.party END, line.client_id, line.place
    ), appended AS (
        SELECT count(*) AS many, realtime_append(
            room, array_agg('chat:message'::text), array_agg(fresh.body ORDER BY fresh.place)
        ) AS newest
        FROM fresh
        HAVING count(*) > 0
    ), numbered AS (
        SELECT fresh.*, appended.newest - appended.many + row_number() OVER (ORDER BY fresh.place) AS seq
        FROM fresh, appended
    ), stored AS (
        INSERT INTO chat_chatmessage (
            id, stream_id, party_id, role, kind, text, card, pinned_until, client_id, seq, created_at
        )
        SELECT
            id, room, party, role, coalesce(kind, 'chat'), text, card, pinned_until, client_id, seq, moment
        FROM numbered
    )
    SELECT
        line.place,
        coalesce(known.id, numbered.id),
        coalesce(known.seq, numbered.seq),
        known.id IS NULL AND numbered.place = line.place,
        coalesce(known.text, numbered.text),
        coalesce(known.created_at, moment)
    FROM line
    LEFT JOIN known ON known.place = line.place
    LEFT JOIN numbered ON numbered.client_id = line.client_id
        AND numbered.kind IS NOT DISTINCT FROM line.kind
        AND (numbered.party = line.party OR line.kind IS NOT NULL);
END
$$;
"""
BEFORE = import_module("chat.migrations.0001_initial").ACCEPT.replace(
    "CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"
)


class Migration(migrations.Migration):
    dependencies = [("chat", "0001_initial")]

    operations = [
        migrations.AddField("chatmessage", "card", models.JSONField(blank=True, null=True)),
        migrations.AddField("chatmessage", "pinned_until", models.DateTimeField(blank=True, null=True)),
        migrations.AlterField(
            "chatmessage",
            "kind",
            models.CharField(
                choices=[("chat", "Chat"), ("system", "System"), ("gift", "Gift"), ("tip", "Tip")],
                default="chat",
                max_length=10,
            ),
        ),
        migrations.RemoveConstraint("chatmessage", "message_accepted_once"),
        migrations.AddConstraint(
            "chatmessage",
            models.UniqueConstraint(
                condition=Q(card__isnull=True, client_id__isnull=False),
                fields=("stream", "party", "client_id"),
                name="message_accepted_once",
            ),
        ),
        migrations.AddConstraint(
            "chatmessage",
            models.UniqueConstraint(
                condition=Q(card__isnull=False), fields=("stream", "client_id"), name="message_card_once"
            ),
        ),
        migrations.AddConstraint(
            "chatmessage",
            models.CheckConstraint(
                condition=Q(card__isnull=False, client_id__isnull=False, kind__in=["gift", "tip"])
                | Q(card__isnull=True, kind__in=["chat", "system"], pinned_until__isnull=True),
                name="message_has_card",
            ),
        ),
        migrations.AddIndex(
            "chatmessage",
            models.Index(
                condition=Q(pinned_until__isnull=False),
                fields=["stream", "pinned_until"],
                name="message_pinned",
            ),
        ),
        migrations.RunSQL(ACCEPT, BEFORE),
    ]
