"""Whom a report is about, and which report it joins."""

import django.db.models.deletion
from django.db import migrations, models

REVIEWED = "both columns are new and empty, and before the first release there are no large tables"


class Migration(migrations.Migration):
    dependencies = [("tellusonce", "0003_notices")]

    operations = [
        migrations.AddField(model_name="report", name="subject", field=models.UUIDField(db_index=True, null=True)),
        migrations.AddField(
            model_name="report",
            name="joins",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="joined",
                to="tellusonce.report",
            ),
        ),
    ]
