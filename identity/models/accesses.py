"""The log of accesses: it names what it was about by id, and holds no personal value."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now


class Access(models.Model):
    """One entry of the ledger: who did or saw what, about whom, why and when; it only ever grows."""

    append_only = True

    at = models.DateTimeField(db_default=Now(), editable=False)
    actor = models.CharField(max_length=255)
    organisation = models.CharField(max_length=100, blank=True)
    action = models.CharField(max_length=50)
    about = models.CharField(max_length=100)
    purpose = models.CharField(max_length=200, blank=True)
    on = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["about", "id"], name="access_about")]
