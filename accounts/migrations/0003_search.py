import django.contrib.postgres.indexes
from django.db import migrations

import core.search


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_age_and_approval"), ("core", "0003_search")]

    operations = [
        migrations.RunSQL(
            """
            CREATE FUNCTION busk_person_words(username text, display_name text) RETURNS tsvector
            LANGUAGE sql IMMUTABLE PARALLEL SAFE
            RETURN setweight(busk_words(username), 'A') || setweight(busk_words(display_name), 'B')
            """,
            "DROP FUNCTION busk_person_words(text, text)",
        ),
        migrations.AddIndex(
            model_name="user",
            index=django.contrib.postgres.indexes.GinIndex(
                core.search.PersonWords("username", "display_name"), name="user_words"
            ),
        ),
    ]
