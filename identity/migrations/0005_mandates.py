"""The tables of mandates and of their endings, which are only ever added to."""

import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


def guard(table: str) -> migrations.RunSQL:
    """Refuse changes to a table whoever asks, its owner too."""
    return migrations.RunSQL(
        f"CREATE TRIGGER {table}_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
        f"DROP TRIGGER {table}_only_grows ON {table}",
    )


class Migration(migrations.Migration):
    dependencies = [("identity", "0004_consents")]

    operations = [
        migrations.CreateModel(
            name="Mandate",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("person", models.CharField(db_index=True, max_length=100)),
                ("helper", models.CharField(db_index=True, max_length=100)),
                (
                    "purposes",
                    django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=60), size=None),
                ),
                ("granted_by", models.CharField(max_length=255)),
                ("granted_at", models.DateTimeField()),
                ("until", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("until__gt", models.F("granted_at"))), name="mandate_ends_after_it"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("person", models.F("helper")), _negated=True),
                        name="mandate_is_for_another",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("purposes", []), _negated=True), name="mandate_has_purposes"
                    ),
                ]
            },
        ),
        migrations.CreateModel(
            name="MandateEnding",
            fields=[
                (
                    "mandate",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="ending",
                        serialize=False,
                        to="identity.mandate",
                    ),
                ),
                ("ended_by", models.CharField(max_length=255)),
                ("ended_at", models.DateTimeField()),
            ],
        ),
        guard("identity_mandate"),
        guard("identity_mandateending"),
    ]
