"""By which keys people are found again, and the likenesses on which a person has to decide."""

import uuid
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from identity.models.people import Person


class BlockKey(models.Model):
    """One key by which a person is found: the number of the block, and a blind index cut short."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    number = models.PositiveSmallIntegerField()
    value = models.BinaryField(max_length=12)

    class Meta:
        constraints: ClassVar = [
            # It leads to the people of a key without a look at the table.
            models.UniqueConstraint(fields=["number", "value", "person"], name="block_key_is_kept_once"),
        ]


class Doubt(models.Model):
    """Whether somebody (`about`, such as ``report:ID``) is this person: people decide, one or two of them.

    `evidence` names fields, levels and bits, and no personal value.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    about = models.CharField(max_length=100)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    bits = models.FloatField()
    evidence = models.JSONField()
    cautions = ArrayField(models.CharField(max_length=100), default=list)
    weights = models.CharField(max_length=50)
    people_needed = models.PositiveSmallIntegerField(default=1)
    answer = models.CharField(max_length=20, blank=True)
    raised_at = models.DateTimeField(db_default=Now(), editable=False)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["about", "person"], name="doubt_is_raised_once"),
            models.CheckConstraint(
                condition=models.Q(answer__in=["", "same", "different"]), name="doubt_has_an_answer"
            ),
            models.CheckConstraint(
                condition=models.Q(answer="", decided_at=None) | ~models.Q(answer="") & ~models.Q(decided_at=None),
                name="decided_doubt_has_a_time",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["raised_at"], condition=models.Q(answer=""), name="doubt_open"),
        ]


class Opinion(models.Model):
    """What one member of staff holds in a doubt; it is never changed."""

    append_only = True

    doubt = models.ForeignKey(Doubt, on_delete=models.PROTECT, related_name="opinions")
    by = models.CharField(max_length=255)
    organisation = models.CharField(max_length=100, blank=True)
    answer = models.CharField(max_length=20)
    at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["doubt", "by", "organisation"], name="one_opinion_each"),
            models.CheckConstraint(condition=models.Q(answer__in=["same", "different"]), name="opinion_is_an_answer"),
        ]
