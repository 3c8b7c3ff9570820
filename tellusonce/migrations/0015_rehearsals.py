"""Messages about nobody, while a recipient is being checked."""

import uuid

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tellusonce", "0014_versions_sides")]

    operations = [
        migrations.CreateModel(
            name="Rehearsal",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("message", models.JSONField()),
                ("is_fetched", models.BooleanField(default=False)),
                ("opened_at", models.DateTimeField()),
                ("closes_at", models.DateTimeField()),
                ("fetched_at", models.DateTimeField(null=True)),
                ("said", models.JSONField(default=list)),
                (
                    "recipient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="tellusonce.recipient"
                    ),
                ),
            ],
        ),
    ]
