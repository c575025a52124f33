from django.db import migrations

# A sequence, so that no version is ever given twice, whatever is rolled back. Lists are locked in the order of their
# channels.
VERSIONS = """
CREATE SEQUENCE moderation_terms_version;

CREATE FUNCTION moderation_terms_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO moderation_termsversion (channel_id, version)
    SELECT list.id, nextval('moderation_terms_version')
    FROM (
        SELECT DISTINCT coalesce(channel_id, '00000000-0000-0000-0000-000000000000') AS id FROM changed ORDER BY id
    ) AS list
    ON CONFLICT (channel_id) DO UPDATE SET version = nextval('moderation_terms_version');
    RETURN NULL;
END
$$;

CREATE TRIGGER moderation_terms_added AFTER INSERT ON moderation_term
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION moderation_terms_changed();
CREATE TRIGGER moderation_terms_removed AFTER DELETE ON moderation_term
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION moderation_terms_changed();
CREATE TRIGGER moderation_terms_edited_from AFTER UPDATE ON moderation_term
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION moderation_terms_changed();
CREATE TRIGGER moderation_terms_edited_to AFTER UPDATE ON moderation_term
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION moderation_terms_changed();
"""

NO_VERSIONS = """
DROP TRIGGER moderation_terms_edited_to ON moderation_term;
DROP TRIGGER moderation_terms_edited_from ON moderation_term;
DROP TRIGGER moderation_terms_removed ON moderation_term;
DROP TRIGGER moderation_terms_added ON moderation_term;
DROP FUNCTION moderation_terms_changed;
DROP SEQUENCE moderation_terms_version;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("moderation", "0003_bans"),
    ]

    operations = [migrations.RunSQL(VERSIONS, NO_VERSIONS)]
