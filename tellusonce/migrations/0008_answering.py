"""By which the list of an officer is found: what is to be answered, by its day, and what was answered lately."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("tellusonce", "0007_desks")]

    operations = [
        AddIndexConcurrently(
            "delivery",
            models.Index(
                fields=["recipient", "confirm_by", "id"],
                name="delivery_to_answer",
                condition=models.Q(state__in=["pending", "available", "sent"]),
            ),
        ),
        AddIndexConcurrently(
            "delivery",
            models.Index(
                fields=["recipient", "-closed_at", "-id"],
                name="delivery_answered",
                condition=models.Q(state="closed"),
            ),
        ),
    ]
