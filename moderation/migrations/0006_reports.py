import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0008_data_export"),
        ("moderation", "0005_lines"),
    ]

    operations = [
        migrations.AddField(
            model_name="decision", name="before", field=models.JSONField(blank=True, default=dict)
        ),
        migrations.AddField(
            model_name="statement",
            name="mail_claimed_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="statement",
            name="mailed_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AlterField(
            model_name="appeal",
            name="first_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.party",
            ),
        ),
        migrations.AlterField(
            model_name="decision",
            name="by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.party",
            ),
        ),
        migrations.AddIndex(
            model_name="decision", index=models.Index(fields=["about", "-id"], name="decisions_about")
        ),
        migrations.AddIndex(
            model_name="statement",
            index=models.Index(
                condition=models.Q(("mailed_at", None)), fields=["created_at"], name="statement_unmailed"
            ),
        ),
        migrations.RunSQL(
            # What was there before is forgotten when its person is erased; else a decision is as it was made.
            """
            CREATE FUNCTION moderation_decision_stands() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - '{undone_at,before}'::text[]
                    IS NOT DISTINCT FROM to_jsonb(OLD) - '{undone_at,before}'::text[] THEN
                    RETURN NEW;
                END IF;
                RAISE EXCEPTION 'a decision is never changed' USING ERRCODE = 'restrict_violation';
            END $$;
            CREATE TRIGGER decision_stands BEFORE UPDATE OR DELETE ON moderation_decision
                FOR EACH ROW EXECUTE FUNCTION moderation_decision_stands();
            """,
            "DROP TRIGGER decision_stands ON moderation_decision; DROP FUNCTION moderation_decision_stands();",
        ),
    ]
