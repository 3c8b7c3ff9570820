"""Other adults whom reports name, and who are asked to tell for themselves. Nothing personal stands here."""

import uuid

from django.db import models
from django.db.models import Q

from tellusonce.models.reports import Report


class InvitedAdult(models.Model):
    """An invited adult: somebody whom a report names, how they were asked to tell for themselves, and their answer.

    `place` is where they stand among those whom the answers name, from 0 on. Of the code that was sent only a keyed
    digest is kept; there is none where nothing could be sent. What they tell is a report of their own, and nothing here
    leads to it.
    """

    class Answer(models.TextChoices):
        """What they said; nothing, as long as they have not."""

        ACCEPTED = "accepted"
        DECLINED = "declined"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="+")
    place = models.PositiveSmallIntegerField()
    code = models.BinaryField(unique=True, null=True)
    invited_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    answer = models.CharField(max_length=10, choices=Answer.choices, blank=True)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["report", "place"], name="adult_is_invited_once"),
            models.CheckConstraint(
                condition=Q(answer="", answered_at__isnull=True)
                | Q(answer__in=["accepted", "declined"], answered_at__isnull=False, code__isnull=False),
                name="adult_answers_what_was_sent",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)
