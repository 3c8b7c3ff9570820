"""Entries carry a digest, and blocks put them in order for good."""

import django.contrib.postgres.fields
from django.db import migrations, models

BLOCKS_ONLY_GROW = """
CREATE TRIGGER identity_ledgerblock_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON identity_ledgerblock
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("identity", "0006_accounts")]

    operations = [
        migrations.AddField(
            model_name="access",
            name="on_behalf_of",
            field=models.CharField(blank=True, db_default="", max_length=255),
        ),
        migrations.AddField(
            model_name="access",
            name="transaction",
            field=models.BigIntegerField(db_default=0, editable=False),
        ),
        migrations.AddField(
            model_name="access",
            name="digest",
            field=models.BinaryField(db_default=b""),
        ),
        migrations.CreateModel(
            name="LedgerBlock",
            fields=[
                ("number", models.BigIntegerField(primary_key=True, serialize=False)),
                ("ids", django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
                ("marks", models.BinaryField()),
                ("highest_id", models.BigIntegerField(db_index=True)),
                ("up_to_transaction", models.BigIntegerField()),
                ("sealed_at", models.DateTimeField()),
                ("previous", models.BinaryField()),
                ("digest", models.BinaryField()),
                ("head", models.TextField()),
            ],
        ),
        migrations.RunSQL(BLOCKS_ONLY_GROW, "DROP TRIGGER identity_ledgerblock_only_grows ON identity_ledgerblock"),
    ]
