"""Consents: each act of giving, refusing or withdrawing is a row of its own, with the receipt issued for it."""

import uuid

from django.db import models


class Consent(models.Model):
    """One act of a living person about one purpose and one audience; the newest one counts.

    `person` names them by an id of the caller's (``report:ID`` is its informant), `audience` a recipient by its slug;
    `receipt` is the signed record, which holds the rest: what was shown, in which words, which fields, under which
    agreement.
    """

    append_only = True

    class Act(models.TextChoices):
        """What they did, in the words of ISO/IEC TS 27560."""

        GIVEN = "given"
        REFUSED = "refused"
        WITHDRAWN = "withdrawn"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.CharField(max_length=100)
    purpose = models.CharField(max_length=60)
    audience = models.SlugField(max_length=60, db_index=False)
    number = models.PositiveIntegerField()
    act = models.CharField(max_length=10, choices=Act.choices)
    wording = models.CharField(max_length=60)
    language = models.CharField(max_length=5)
    taken_by = models.CharField(max_length=255)
    at = models.DateTimeField()
    receipt = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "purpose", "audience", "number"], name="consent_number_is_unique"
            ),
            models.CheckConstraint(
                condition=models.Q(act__in=["given", "refused", "withdrawn"]), name="consent_act_is_known"
            ),
            models.CheckConstraint(
                condition=~models.Q(act="withdrawn") | models.Q(number__gt=1), name="consent_withdrawn_was_given"
            ),
        ]
