"""Mandates: that somebody is asked to act for somebody else, that they may, and that they no longer may."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Mandate(models.Model):
    """One person lets another act for them, for named purposes until a moment; both are named by id."""

    append_only = True

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.CharField(max_length=100, db_index=True)
    helper = models.CharField(max_length=100, db_index=True)
    purposes = ArrayField(models.CharField(max_length=60))
    granted_by = models.CharField(max_length=255)
    granted_at = models.DateTimeField()
    until = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(until__gt=models.F("granted_at")), name="mandate_ends_after_it"),
            models.CheckConstraint(condition=~models.Q(person=models.F("helper")), name="mandate_is_for_another"),
            models.CheckConstraint(condition=~models.Q(purposes=[]), name="mandate_has_purposes"),
        ]


class Invitation(models.Model):
    """Somebody may be a person's helper who brings its code, once; of the code only a keyed digest is kept."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.CharField(max_length=100, db_index=True)
    purposes = ArrayField(models.CharField(max_length=60))
    until = models.DateTimeField()
    code = models.BinaryField(unique=True)
    made_by = models.CharField(max_length=255)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    closed_at = models.DateTimeField(null=True)
    mandate = models.OneToOneField(Mandate, on_delete=models.PROTECT, null=True, related_name="invitation")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(mandate__isnull=True) | models.Q(closed_at__isnull=False),
                name="invitation_is_accepted_once",
            ),
        ]


class MandateEnding(models.Model):
    """That a mandate was ended before its time, by whom and when."""

    append_only = True

    mandate = models.OneToOneField(Mandate, on_delete=models.PROTECT, primary_key=True, related_name="ending")
    ended_by = models.CharField(max_length=255)
    ended_at = models.DateTimeField()
