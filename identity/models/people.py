"""People: what is known of each is sealed under a key of their own; beside it stand ids and blind indexes alone."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models.functions import Now

from identity.models.keys import DataKey


class Person(models.Model):
    """Somebody known to the identity store; `record` and `traits` are sealed under `key`.

    A person found to be another keeps their own row, and points at the other: so a merge can be taken back.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key = models.OneToOneField(DataKey, on_delete=models.PROTECT, related_name="+")
    record = models.BinaryField()
    traits = models.BinaryField()
    revision = models.PositiveIntegerField(default=1)
    merged_into = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="merged")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~models.Q(merged_into=models.F("id")), name="person_is_not_merged_into_oneself"
            ),
        ]


class Merge(models.Model):
    """That one person was found to be another, and whether that was taken back; its reasons are in the ledger."""

    kept = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    merged = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField(db_default=Now(), editable=False)
    taken_back_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["merged"], condition=models.Q(taken_back_at=None), name="person_is_merged_once_at_a_time"
            ),
        ]


class OrganisationNumber(models.Model):
    """The number by which one organisation knows a person, learnt from what it confirmed; `value` is sealed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    organisation = models.SlugField(max_length=100, db_index=False)
    scheme = models.CharField(max_length=50)
    value_index = models.BinaryField(max_length=33)
    value = models.BinaryField()
    learnt_from = models.CharField(max_length=100)
    learnt_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organisation", "scheme", "value_index", "person"], name="organisation_number_is_learnt_once"
            ),
        ]


class Pseudonym(models.Model):
    """The name that we gave a person towards one organisation; it means nothing to any other."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    organisation = models.SlugField(max_length=100, db_index=False)
    value = models.CharField(max_length=50)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organisation", "value"], name="pseudonym_means_one_person"),
        ]
