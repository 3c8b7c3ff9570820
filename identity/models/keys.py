"""Data keys, wrapped; the vault opens them."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models.functions import Now


class DataKey(models.Model):
    """A data key, wrapped by a master key; destroying it is how what it sealed is forgotten.

    While it is being replaced there are two in `wrapped`, one behind the other: the first seals, both open.
    """

    class Stage(models.IntegerChoices):
        """How far its replacement has got; each step waits until nobody holds the key as it was before."""

        SETTLED = 0
        DUE = 1
        ANNOUNCED = 2  # old, new: everybody can open what the new one seals
        TAKEN_UP = 3  # new, old: and seals with it

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    wrapped = models.BinaryField()
    master_version = models.PositiveSmallIntegerField()
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    destroyed_at = models.DateTimeField(null=True, blank=True)
    stage = models.PositiveSmallIntegerField(choices=Stage.choices, db_default=Stage.SETTLED)
    renewed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(destroyed_at__isnull=True) | models.Q(wrapped=b""),
                name="destroyed_key_is_gone",
            ),
        ]
