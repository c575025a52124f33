import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

WORDS = """
CREATE OR REPLACE FUNCTION streams_words_of(stream streams_stream) RETURNS tsvector LANGUAGE sql STABLE AS $$
    SELECT setweight(busk_words(stream.title), 'A')
        || setweight(busk_words(array_to_string(stream.tags, ' ')), 'A')
        || setweight(busk_words({names}), 'B')
        || setweight(busk_words(stream.description), 'C')
    {source}
$$
"""
NAMES = "creator.username || ' ' || creator.display_name"
CREATOR = "FROM accounts_user AS creator WHERE creator.id = stream.creator_id"


class Migration(migrations.Migration):
    dependencies = [("streams", "0005_search"), ("accounts", "0008_data_export")]

    operations = [
        migrations.AddField(
            model_name="stream",
            name="party",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="streams",
                to="accounts.party",
            ),
        ),
        migrations.RunSQL(
            [
                """
                UPDATE streams_stream AS stream SET party_id = creator.party_id
                FROM accounts_user AS creator WHERE creator.id = stream.creator_id
                """,
                # The key's check waits for the end of the transaction, and the table cannot be altered till then.
                "SET CONSTRAINTS ALL IMMEDIATE",
            ],
            migrations.RunSQL.noop,
        ),
        migrations.AlterField(
            model_name="stream",
            name="party",
            field=models.ForeignKey(
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="streams",
                to="accounts.party",
            ),
        ),
        migrations.AlterField(
            model_name="stream",
            name="creator",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="streams",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        # Words of a stream without a creator are those of the stream alone.
        migrations.RunSQL(
            WORDS.format(names=f"coalesce((SELECT {NAMES} {CREATOR}), '')", source=""),
            WORDS.format(names=NAMES, source=CREATOR),
        ),
    ]
