"""Two secrets at a time, clients' own keys, used assertions, limits."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("identity", "0008_notices")]

    operations = [
        migrations.AddField(
            model_name="client",
            name="former_secret",
            field=models.CharField(blank=True, db_default="", default="", editable=False, max_length=255),
        ),
        migrations.AddField(
            model_name="client",
            name="former_secret_until",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(model_name="client", name="jwks", field=models.JSONField(blank=True, null=True)),
        migrations.AddField(
            model_name="client",
            name="requests_per_minute",
            field=models.PositiveIntegerField(blank=True, null=True),
        ),
        migrations.CreateModel(
            name="UsedAssertion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("mark", models.BinaryField()),
                ("expires_at", models.DateTimeField()),
                (
                    "client",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="identity.client"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["client", "expires_at"], name="assertion_by_age")],
                "constraints": [models.UniqueConstraint(fields=("client", "mark"), name="assertion_is_used_once")],
            },
        ),
    ]
