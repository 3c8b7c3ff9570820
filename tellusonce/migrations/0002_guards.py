"""The one clock, and the guard of what is only ever added to."""

from django.db import migrations

APPEND_ONLY = (
    "catalogueversion",
    "route",
    "agreement",
    "answers",
    "evidence",
    "instruction",
    "batch",
    "registration",
    "deliverynumber",
    "attempt",
    "result",
    "confirmation",
)

CLOCK = """
CREATE FUNCTION clock_at() RETURNS timestamptz LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    -- Only tests set another time, and only under their own role.
    IF session_user = 'tuo_test' AND coalesce(current_setting('tellusonce.clock_at', true), '') <> '' THEN
        RETURN current_setting('tellusonce.clock_at')::timestamptz;
    END IF;
    RETURN clock_timestamp();
END $$;
"""

REFUSE = """
CREATE FUNCTION tellusonce_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
"""


def guard(table: str) -> migrations.RunSQL:
    """Refuse changes to a table whoever asks, its owner too."""
    name = f"tellusonce_{table}"
    return migrations.RunSQL(
        f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {name} "
        "FOR EACH STATEMENT EXECUTE FUNCTION tellusonce_refuse_change()",
        f"DROP TRIGGER append_only ON {name}",
    )


class Migration(migrations.Migration):
    dependencies = [("tellusonce", "0001_tables")]

    operations = [
        migrations.RunSQL(CLOCK, "DROP FUNCTION clock_at()"),
        migrations.RunSQL(REFUSE, "DROP FUNCTION tellusonce_refuse_change()"),
        *(guard(table) for table in APPEND_ONLY),
    ]
