"""What was told: reports, the evidence behind them, their answers and the informant's instructions.

Everything personal is sealed under the report's data key; in the clear stands a skeleton of ids, codes and times.
"""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Report(models.Model):
    """One person's telling of one life event, under a reference number.

    `subject` is the person whom it is about, as the identity store knows them; a report of what had been reported
    before `joins` that one, and owes nobody anything itself. What a citizen starts is of no organisation.
    """

    class State(models.TextChoices):
        """How far the telling itself has come; how far the recipients are is the deliveries' to say."""

        STARTED = "started"
        SUBMITTED = "submitted"
        EXPIRED = "expired"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reference = models.CharField(max_length=20, unique=True)
    kind = models.CharField(max_length=40)
    state = models.CharField(max_length=12, choices=State.choices, default=State.STARTED)
    organisation = models.SlugField(max_length=60, blank=True)
    started_by = models.CharField(max_length=100)
    started_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True)
    key = models.ForeignKey("identity.DataKey", on_delete=models.PROTECT, related_name="+")
    subject = models.UUIDField(null=True, db_index=True)
    joins = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="joined")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["started", "submitted", "expired"]), name="report_state"
            ),
            models.CheckConstraint(
                condition=models.Q(state="submitted", submitted_at__isnull=False)
                | (~models.Q(state="submitted") & models.Q(submitted_at__isnull=True)),
                name="report_submitted_has_its_time",
            ),
        ]
        indexes = [models.Index(fields=["organisation", "started_at", "id"], name="report_by_organisation")]

    def __str__(self) -> str:
        return self.reference


class KeptReport(models.Model):
    """That a citizen finds a report again under their account, at each visit until they let go of it."""

    account = models.ForeignKey("identity.Account", on_delete=models.CASCADE, related_name="+")
    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="kept")
    kept_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "report"], name="report_is_kept_once")]


class Draft(models.Model):
    """The answers so far of a report that nobody has submitted yet; the one thing here that is overwritten."""

    report = models.OneToOneField(Report, on_delete=models.CASCADE, primary_key=True)
    sealed = models.BinaryField()
    saved_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.report_id)


class Answers(models.Model):
    """One closed version of a report's answers."""

    append_only = True

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="answers")
    number = models.PositiveSmallIntegerField()
    sealed = models.BinaryField()
    closed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["report", "number"], name="answers_number_is_unique")]

    def __str__(self) -> str:
        return f"{self.report_id}/{self.number}"


class Evidence(models.Model):
    """What a report rests on: a register entry or the like, as a registrar recorded it or an import brought it."""

    append_only = True

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="evidence")
    type = models.CharField(max_length=40)
    sealed = models.BinaryField()
    recorded_by = models.CharField(max_length=100)
    recorded_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.report_id}/{self.type}"


class Instruction(models.Model):
    """The informant's choice of recipients, for one version of the answers."""

    append_only = True

    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="instructions")
    answers = models.OneToOneField(Answers, on_delete=models.PROTECT)
    recipients = ArrayField(models.BigIntegerField())
    given_by = models.CharField(max_length=100)
    given_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.report_id}/{self.answers_id}"


class Batch(models.Model):
    """One file of registrations that was read, wholly."""

    append_only = True

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    digest = models.BinaryField(unique=True)
    read_at = models.DateTimeField()
    read_by = models.CharField(max_length=100)
    registrations = models.PositiveIntegerField()
    updates = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"batch {self.pk}"


class Registration(models.Model):
    """One record of a register's extract; an update waits for its registration, whichever came first.

    `number_index` is the blind index of the register's number; `mark` the keyed digest of the whole record, so that
    the same record read twice changes nothing.
    """

    append_only = True

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="+")
    number_index = models.BinaryField(db_index=True)
    mark = models.BinaryField(unique=True)
    is_update = models.BooleanField()
    recorded_at = models.DateTimeField()
    report = models.OneToOneField(Report, on_delete=models.PROTECT, null=True, related_name="registration")
    key = models.ForeignKey("identity.DataKey", on_delete=models.PROTECT, related_name="+")
    sealed = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["number_index"], condition=models.Q(is_update=False), name="registration_starts_one_report"
            ),
            models.CheckConstraint(
                condition=models.Q(is_update=True, report__isnull=True)
                | models.Q(is_update=False, report__isnull=False),
                name="registration_has_a_report",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class WriteKey(models.Model):
    """An ``Idempotency-Key`` that was used: which request it stood for and what was answered.

    The digest is keyed, since a request quotes names and dates. Answers to writes hold no personal data.
    """

    client = models.CharField(max_length=400)
    key = models.CharField(max_length=255)
    request_digest = models.BinaryField()
    status = models.PositiveSmallIntegerField(default=0)
    answer = models.JSONField(null=True)
    used_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client", "key"], name="write_key_is_used_once")]

    def __str__(self) -> str:
        return str(self.pk)
