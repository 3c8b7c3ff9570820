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


def guard(table: str) -> migrations.RunSQL:
    """Refuse changes to a table whoever asks, its owner too."""
    name = f"tellusonce_{table}"
    return migrations.RunSQL(
        f"CREATE TRIGGER {name}_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON {name} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
        f"DROP TRIGGER {name}_only_grows ON {name}",
    )


class Migration(migrations.Migration):
    dependencies = [("tellusonce", "0001_tables"), ("identity", "0001_initial")]

    operations = [
        migrations.RunSQL(CLOCK, "DROP FUNCTION clock_at()"),
        *(guard(table) for table in APPEND_ONLY),
    ]
