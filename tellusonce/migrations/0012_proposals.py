"""Versions of the catalogue that one operator proposes and another approves."""

import uuid

import django.core.serializers.json
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tellusonce", "0011_postcodes"),
    ]

    operations = [
        migrations.CreateModel(
            name="CatalogueProposal",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("wanted", models.JSONField(encoder=django.core.serializers.json.DjangoJSONEncoder)),
                ("warnings", models.JSONField(default=list)),
                ("digest", models.CharField(max_length=64)),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "Open"), ("approved", "Approved"), ("refused", "Refused")],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("reason", models.CharField(default="", max_length=20)),
                ("proposed_by", models.CharField(max_length=100)),
                ("proposed_at", models.DateTimeField()),
                ("decided_by", models.CharField(default="", max_length=100)),
                ("decided_at", models.DateTimeField(null=True)),
                (
                    "version",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tellusonce.catalogueversion",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decided_at", None), ("decided_by", ""), ("state", "open")),
                            models.Q(
                                ("decided_at__isnull", False),
                                ("state__in", ["approved", "refused"]),
                                models.Q(("decided_by", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="proposal_is_decided_by_somebody",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "approved"), _negated=True),
                            models.Q(("proposed_by", models.F("decided_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="proposal_is_approved_by_another",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state", "refused"), ("reason", ""), _connector="XOR"),
                        name="proposal_refused_has_a_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state", "approved"), ("version", None), _connector="XOR"),
                        name="proposal_approved_has_its_version",
                    ),
                ],
            },
        ),
    ]
