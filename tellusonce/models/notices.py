"""What we owe people news of, by e-mail, text or letter. The rows are the queue, as they are for deliveries."""

import uuid

from django.db import models
from django.db.models import Q

from tellusonce.models.reports import Report


class NoticeQuerySet(models.QuerySet["Notice"]):
    """The questions that people ask of notices."""

    def troubled(self) -> "NoticeQuerySet":
        """Those that were given up: somebody has to be told some other way."""
        return self.filter(state=Notice.State.FAILED)


class Notice(models.Model):
    """The duty to tell one person one thing, and how far it has got.

    Its id is the message id of every try. `cause` names what it is owed for, so that nobody is owed it twice. The
    address, and whatever else is personal, is sealed under the key of the report or person that it is about. `arrival`
    is what the channel said afterwards became of it, and `arrival_at` when.
    """

    class State(models.TextChoices):
        """Written by ``tellusonce.notices`` alone. One that waits is owed when its report is settled."""

        WAITING = "waiting"
        OWED = "owed"
        SENT = "sent"
        FAILED = "failed"

    OPEN = (State.WAITING, State.OWED)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    cause = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=30)
    by = models.CharField(max_length=10)
    language = models.CharField(max_length=2)
    report = models.ForeignKey(Report, on_delete=models.PROTECT, null=True, related_name="notices")
    key = models.ForeignKey("identity.DataKey", on_delete=models.PROTECT, related_name="+")
    sealed = models.BinaryField()
    state = models.CharField(max_length=10, choices=State.choices)
    reason = models.CharField(max_length=40, default="")
    due_at = models.DateTimeField(null=True)
    leased_until = models.DateTimeField(null=True)
    fence = models.BigIntegerField(default=0)
    tries = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    arrival = models.CharField(max_length=20, default="", db_default="")
    arrival_at = models.DateTimeField(null=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "owed", "sent", "failed"])
                & Q(by__in=["email", "text", "letter"])
                & Q(language__in=["en", "cy"]),
                name="notice_words",
            ),
            models.CheckConstraint(
                condition=Q(state="owed", due_at__isnull=False) | (~Q(state="owed") & Q(due_at__isnull=True)),
                name="notice_is_due_while_owed",
            ),
            models.CheckConstraint(
                condition=Q(leased_until__isnull=True) | Q(state="owed"), name="notice_is_leased_while_owed"
            ),
            models.CheckConstraint(
                condition=Q(state="sent", sent_at__isnull=False) | (~Q(state="sent") & Q(sent_at__isnull=True)),
                name="notice_sent_has_its_time",
            ),
            models.CheckConstraint(condition=Q(state="failed") ^ Q(reason=""), name="notice_failed_has_a_reason"),
            models.CheckConstraint(
                condition=~Q(state="waiting") | Q(report__isnull=False), name="notice_waits_for_a_report"
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], name="notice_due", condition=Q(state="owed")),
            models.Index(fields=["expires_at"], name="notice_to_expire", condition=Q(state__in=["waiting", "owed"])),
            models.Index(fields=["created_at"], name="notice_troubled", condition=Q(state="failed")),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class NoticeAttempt(models.Model):
    """One try, written before the first byte goes; without a `NoticeResult` nobody knows what became of it."""

    append_only = True

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    notice_id = models.UUIDField(db_index=True)
    number = models.PositiveIntegerField()
    fence = models.BigIntegerField()
    channel = models.CharField(max_length=10)
    started_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["notice_id", "fence"], name="notice_attempt_once_per_claim")]

    def __str__(self) -> str:
        return f"{self.notice_id}/{self.number}"


class NoticeResult(models.Model):
    """What became of one attempt: its class, a short code, never a word of theirs."""

    append_only = True

    attempt = models.OneToOneField(NoticeAttempt, on_delete=models.PROTECT, primary_key=True, db_constraint=False)
    outcome = models.CharField(max_length=16)
    code = models.CharField(max_length=60)
    was_overtaken = models.BooleanField(default=False)
    took_ms = models.PositiveIntegerField()
    finished_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.attempt_id}: {self.outcome}"
