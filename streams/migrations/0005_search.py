import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
from django.db import migrations, models

FORWARD = """
CREATE FUNCTION streams_words_of(stream streams_stream) RETURNS tsvector LANGUAGE sql STABLE AS $$
    SELECT setweight(busk_words(stream.title), 'A')
        || setweight(busk_words(array_to_string(stream.tags, ' ')), 'A')
        || setweight(busk_words(COALESCE((
            SELECT username || ' ' || display_name FROM accounts_user WHERE id = stream.creator_id
        ), '')), 'B')
        || setweight(busk_words(stream.description), 'C')
$$;
CREATE FUNCTION streams_words_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO streams_streamwords (stream_id, words) VALUES (NEW.id, streams_words_of(NEW))
    ON CONFLICT (stream_id) DO UPDATE SET words = EXCLUDED.words;
    RETURN NULL;
END $$;
CREATE TRIGGER streams_words_of_new AFTER INSERT ON streams_stream
    FOR EACH ROW EXECUTE FUNCTION streams_words_keep();
CREATE TRIGGER streams_words_of_changed AFTER UPDATE OF title, tags, description, creator_id ON streams_stream
    FOR EACH ROW WHEN ((OLD.title, OLD.tags, OLD.description, OLD.creator_id)
        IS DISTINCT FROM (NEW.title, NEW.tags, NEW.description, NEW.creator_id))
    EXECUTE FUNCTION streams_words_keep();
CREATE FUNCTION streams_words_rename() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE streams_streamwords AS kept SET words = streams_words_of(stream)
    FROM streams_stream AS stream WHERE stream.creator_id = NEW.id AND kept.stream_id = stream.id;
    RETURN NULL;
END $$;
CREATE TRIGGER streams_words_of_renamed AFTER UPDATE OF username, display_name ON accounts_user
    FOR EACH ROW WHEN ((OLD.username, OLD.display_name) IS DISTINCT FROM (NEW.username, NEW.display_name))
    EXECUTE FUNCTION streams_words_rename();
INSERT INTO streams_streamwords (stream_id, words)
    SELECT stream.id, streams_words_of(stream) FROM streams_stream AS stream;
"""
BACKWARD = """
DROP TRIGGER streams_words_of_renamed ON accounts_user;
DROP TRIGGER streams_words_of_changed ON streams_stream;
DROP TRIGGER streams_words_of_new ON streams_stream;
DROP FUNCTION streams_words_rename(), streams_words_keep(), streams_words_of(streams_stream);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("streams", "0004_guests"),
        ("core", "0003_search"),
        ("accounts", "0002_age_and_approval"),
    ]

    operations = [
        migrations.CreateModel(
            name="StreamWords",
            fields=[
                (
                    "stream",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="words",
                        serialize=False,
                        to="streams.stream",
                    ),
                ),
                ("words", django.contrib.postgres.search.SearchVectorField()),
            ],
            options={
                "indexes": [django.contrib.postgres.indexes.GinIndex(fields=["words"], name="stream_words")],
            },
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
