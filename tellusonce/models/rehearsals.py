"""Messages about nobody that are under way while a recipient is being checked; gone when the check ends."""

import uuid

from django.db import models


class Rehearsal(models.Model):
    """One such message: no delivery, and nothing of it counts as one.

    `message` is the whole of it, which is invented; `said` holds what was said of it by its recipient, each new thing
    once: `outcome`, `door`, `at` and a digest, `mark`. It is shown to those that fetch where `is_fetched`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    recipient = models.ForeignKey("Recipient", on_delete=models.PROTECT, related_name="+")
    message = models.JSONField()
    is_fetched = models.BooleanField(default=False)
    opened_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    fetched_at = models.DateTimeField(null=True)
    said = models.JSONField(default=list)

    def __str__(self) -> str:
        return str(self.pk)
