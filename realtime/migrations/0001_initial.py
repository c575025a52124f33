from django.db import migrations, models

# Numbers events and stores them in one round trip. The row of the room is locked until commit, so numbers become
# visible in order and without holes.
APPEND = """
CREATE FUNCTION realtime_append(room uuid, tags text[], bodies text[]) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    newest bigint;
    many integer := coalesce(array_length(tags, 1), 0);
BEGIN
    INSERT INTO realtime_room (id, last_seq) VALUES (room, many)
    ON CONFLICT (id) DO UPDATE SET last_seq = realtime_room.last_seq + many
    RETURNING last_seq INTO newest;
    INSERT INTO realtime_storedevent (room_id, seq, tag, body, created_at)
    SELECT room, newest - many + place, tag, body, now()
    FROM unnest(tags, bodies) WITH ORDINALITY AS event (tag, body, place);
    RETURN newest;
END
$$;
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Room",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("last_seq", models.BigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="StoredEvent",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "room_id", "seq", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("room_id", models.UUIDField(editable=False)),
                ("seq", models.BigIntegerField()),
                ("tag", models.CharField(max_length=40)),
                ("body", models.TextField()),
                ("created_at", models.DateTimeField()),
            ],
            options={"indexes": [models.Index(fields=["created_at"], name="storedevent_created_at")]},
        ),
        migrations.RunSQL(APPEND, "DROP FUNCTION realtime_append(uuid, text[], text[])"),
    ]
