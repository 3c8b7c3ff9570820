"""By which an operator finds what failed."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("tellusonce", "0009_kept_reports")]

    operations = [
        AddIndexConcurrently(
            "delivery",
            models.Index(fields=["created_at", "id"], name="delivery_failed", condition=models.Q(("state", "failed"))),
        ),
    ]
