"""The table of consents, which is only ever added to."""

import uuid

from django.db import migrations, models

ONLY_GROWS = """
CREATE TRIGGER identity_consent_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON identity_consent
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("identity", "0003_matching")]

    operations = [
        migrations.CreateModel(
            name="Consent",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("person", models.CharField(max_length=100)),
                ("purpose", models.CharField(max_length=60)),
                ("audience", models.SlugField(db_index=False, max_length=60)),
                ("number", models.PositiveIntegerField()),
                (
                    "act",
                    models.CharField(
                        choices=[("given", "Given"), ("refused", "Refused"), ("withdrawn", "Withdrawn")], max_length=10
                    ),
                ),
                ("wording", models.CharField(max_length=60)),
                ("language", models.CharField(max_length=5)),
                ("taken_by", models.CharField(max_length=255)),
                ("at", models.DateTimeField()),
                ("receipt", models.TextField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("person", "purpose", "audience", "number"), name="consent_number_is_unique"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("act__in", ["given", "refused", "withdrawn"])), name="consent_act_is_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("act", "withdrawn"), _negated=True), ("number__gt", 1), _connector="OR"
                        ),
                        name="consent_withdrawn_was_given",
                    ),
                ],
            },
        ),
        migrations.RunSQL(ONLY_GROWS, "DROP TRIGGER identity_consent_only_grows ON identity_consent"),
    ]
