"""Data keys, wrapped; the vault opens them."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models.functions import Now


class DataKey(models.Model):
    """A data key, wrapped by a master key; destroying it is how what it sealed is forgotten."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    wrapped = models.BinaryField()
    master_version = models.PositiveSmallIntegerField()
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    destroyed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(destroyed_at__isnull=True) | models.Q(wrapped=b""),
                name="destroyed_key_is_gone",
            ),
        ]
