from django.db import migrations

# Without case, accents and punctuation; no language is assumed. Words are made in the database only, so that what is
# stored and what is asked for are always cut alike.
# Bodies are parsed when made (not kept as text), since an index is built without our search_path.
FORWARD = r"""
CREATE FUNCTION busk_fold(source text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN trim(regexp_replace(
        regexp_replace(lower(normalize(source, NFKD)), '[\u0300-\u036F]', '', 'g'), '[^[:alnum:]]+', ' ', 'g'
    ));
CREATE FUNCTION busk_words(source text) RETURNS tsvector LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN to_tsvector('simple', busk_fold(source));
-- Every word has to occur; the last one may be unfinished. NULL, which matches nothing, when there is no word.
CREATE FUNCTION busk_query(source text) RETURNS tsquery LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT to_tsquery('simple', string_agg(word, ' & ' ORDER BY place) || ':*')
    FROM unnest(string_to_array(busk_fold(source), ' ')) WITH ORDINALITY AS words (word, place)
    WHERE word <> '' AND place <= 10;
END;
"""
BACKWARD = "DROP FUNCTION busk_query(text), busk_words(text), busk_fold(text);"


class Migration(migrations.Migration):
    dependencies = [("core", "0002_audit")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
