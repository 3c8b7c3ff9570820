"""Data keys can be replaced, and what they sealed sealed anew: by the owner of the tables alone, and never the ledger."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

# As it was, but for the owner of the tables while `vault rotate-data` or `rotate-index` says that this is what it does.
# What is sealed cannot be forged this way: that needs the data key.
REFUSE_CHANGE = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' AND session_user = 'tuo_test' THEN
        RETURN NULL;
    END IF;
    IF TG_OP = 'UPDATE' AND current_setting('identity.seals_anew', true) = 'on'
        AND TG_TABLE_NAME NOT IN ('identity_access', 'identity_ledgerblock')
        AND pg_has_role(session_user, (SELECT relowner FROM pg_class WHERE oid = TG_RELID), 'MEMBER') THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'rows of % are only ever added: % refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation';
END
$$;
"""
REFUSE_EVERY_CHANGE = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' AND session_user = 'tuo_test' THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'rows of % are only ever added: % refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation';
END
$$;
"""
STAGES = [(0, "Settled"), (1, "Due"), (2, "Announced"), (3, "Taken Up")]


class Migration(migrations.Migration):
    atomic = False  # an index that nobody has to wait for

    dependencies = [("identity", "0009_clients")]

    operations = [
        migrations.RunSQL(REFUSE_CHANGE, REFUSE_EVERY_CHANGE),
        migrations.AddField(
            model_name="datakey",
            name="stage",
            field=models.PositiveSmallIntegerField(choices=STAGES, db_default=0),
        ),
        migrations.AddField(
            model_name="datakey",
            name="renewed_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        AddIndexConcurrently(
            model_name="access",
            index=models.Index(fields=["transaction", "id"], name="access_transaction"),
        ),
    ]
