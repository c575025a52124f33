import django.db.models.deletion
from django.db import migrations, models

import core.ids

# Stores a batch of one room in one round trip: finds the lines that were accepted before, also earlier in the same
# batch, gives the others the room's next numbers and keeps each as an event and as a message. Answers for every line.
ACCEPT = """
CREATE FUNCTION chat_accept(room uuid, moment timestamptz, lines jsonb)
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
            jsonb_to_record(row.content) AS item (id uuid, party uuid, role text, client_id text, text text, body text)
    ), known AS (
        SELECT line.place, message.id, message.seq, message.text, message.created_at
        FROM line
        JOIN chat_chatmessage AS message ON message.stream_id = room
            AND message.party_id = line.party AND message.client_id = line.client_id
    ), fresh AS (
        SELECT DISTINCT ON (line.party, line.client_id) line.*
        FROM line
        WHERE NOT EXISTS (SELECT FROM known WHERE known.place = line.place)
        ORDER BY line.party, line.client_id, line.place
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
        INSERT INTO chat_chatmessage (id, stream_id, party_id, role, kind, text, client_id, seq, created_at)
        SELECT id, room, party, role, 'chat', text, client_id, seq, moment FROM numbered
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
    LEFT JOIN numbered ON numbered.party = line.party AND numbered.client_id = line.client_id;
END
$$;
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = [
        ("accounts", "0001_initial"),
        ("realtime", "0001_initial"),
        ("streams", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="ChatMessage",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "role",
                    models.CharField(
                        blank=True,
                        choices=[("creator", "Creator"), ("viewer", "Viewer"), ("staff", "Staff")],
                        max_length=10,
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("chat", "Chat"), ("system", "System"), ("gift", "Gift")],
                        default="chat",
                        max_length=10,
                    ),
                ),
                ("text", models.TextField()),
                ("client_id", models.CharField(blank=True, max_length=64, null=True)),
                ("seq", models.BigIntegerField()),
                ("created_at", models.DateTimeField()),
                (
                    "party",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="messages",
                        to="accounts.party",
                    ),
                ),
                (
                    "stream",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="messages",
                        to="streams.stream",
                    ),
                ),
            ],
            options={
                "ordering": ["-seq"],
                "constraints": [
                    models.UniqueConstraint(fields=("stream", "seq"), name="message_seq_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("client_id__isnull", False)),
                        fields=("stream", "party", "client_id"),
                        name="message_accepted_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "chat"), _negated=True),
                            ("party__isnull", False),
                            _connector="OR",
                        ),
                        name="message_has_author",
                    ),
                ],
            },
        ),
        migrations.RunSQL(ACCEPT, "DROP FUNCTION chat_accept(uuid, timestamptz, jsonb)"),
    ]
