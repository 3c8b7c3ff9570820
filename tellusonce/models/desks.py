"""What staff work with beside the reports themselves: how a report is found, and who got in touch about it."""

import uuid

from django.db import models

from tellusonce.models.reports import Report


class FindingKey(models.Model):
    """By what a report is found: a blind index of the subject's surname with one date, that of the field `path`."""

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="+")
    path = models.CharField(max_length=100)
    value = models.BinaryField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["report", "path"], name="finding_key_is_one_a_field")]

    def __str__(self) -> str:
        return f"{self.report_id}/{self.path}"


class Enquiry(models.Model):
    """One time that somebody got in touch about a report: who, by which way and why, in codes."""

    class By(models.TextChoices):
        """Who got in touch."""

        INFORMANT = "informant"
        HELPER = "helper"
        FAMILY = "family"
        RECIPIENT = "recipient"
        OTHER = "other"

    class Way(models.TextChoices):
        """How they did."""

        PHONE = "phone"
        DESK = "desk"
        EMAIL = "email"
        LETTER = "letter"
        MESSAGE = "message"

    class Cause(models.TextChoices):
        """Why they did."""

        PROGRESS = "progress"
        TELL = "tell"
        NEW = "new"
        CORRECTION = "correction"
        COMPLAINT = "complaint"
        LETTER_RECEIVED = "letter-received"
        REFERENCE = "reference"
        OTHER = "other"

    append_only = True

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="enquiries")
    by = models.CharField(max_length=12, choices=By.choices)
    way = models.CharField(max_length=12, choices=Way.choices)
    cause = models.CharField(max_length=20, choices=Cause.choices)
    logged_by = models.CharField(max_length=255)
    logged_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["cause", "logged_at"], name="enquiry_by_cause")]

    def __str__(self) -> str:
        return f"{self.report_id}/{self.cause}"
