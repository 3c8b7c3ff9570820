"""By which a drain finds what is to overtake the rest."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

URGENT = models.Q(("purpose__in", ["correct", "void", "withdraw"]), ("state", "pending"))


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("tellusonce", "0015_rehearsals")]

    operations = [
        AddIndexConcurrently(
            "delivery", models.Index(fields=["recipient", "due_at"], name="delivery_urgent", condition=URGENT)
        ),
    ]
