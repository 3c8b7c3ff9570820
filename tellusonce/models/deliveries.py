"""Who is owed what, and how far it has got. The rows are the queue: see docs/architecture.md."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from tellusonce.models.catalogue import Agreement, Recipient, Route
from tellusonce.models.reports import Answers, Report


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    """The questions that people ask of deliveries."""

    def open(self) -> "DeliveryQuerySet":
        """Those nobody has confirmed and nothing has ended."""
        return self.filter(state__in=Delivery.OPEN)

    def overdue(self, on: object) -> "DeliveryQuerySet":
        """Open ones whose recipient should have confirmed before that day."""
        return self.open().filter(confirm_by__lt=on)


class Delivery(models.Model):
    """The duty to tell one recipient one thing about one report, and how far it has got.

    Its id is the message id of every try. `agreement` and `fields` are the grant, pinned when the informant was
    shown it, and `known_as`, sealed, what the recipient itself calls the subject; `route` and `content_digest` are
    pinned by the first attempt and never change after it. `crashes` counts in a row the times that whoever had it in
    hand was never heard of again.
    """

    class Purpose(models.TextChoices):
        """Why the recipient is told."""

        NOTIFY = "notify"
        CORRECT = "correct"
        VOID = "void"
        WITHDRAW = "withdraw"
        ANSWER = "answer"
        APPLY = "apply"

    class State(models.TextChoices):
        """Design: section 4. Written by ``tellusonce.deliveries`` alone."""

        PENDING = "pending"
        AVAILABLE = "available"
        SENT = "sent"
        CLOSED = "closed"
        WITHHELD = "withheld"
        FAILED = "failed"

    OPEN = (State.PENDING, State.AVAILABLE, State.SENT)
    UNTOLD = (State.PENDING, State.AVAILABLE)
    # Takes something back or puts it right: it overtakes what is only told, at the same recipient.
    URGENT = ("correct", "void", "withdraw")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="deliveries")
    recipient = models.ForeignKey(Recipient, on_delete=models.PROTECT, related_name="deliveries")
    purpose = models.CharField(max_length=10, choices=Purpose.choices)
    sequence = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=10, choices=State.choices)
    reason = models.CharField(max_length=40, default="")
    outcome = models.CharField(max_length=24, default="")
    answers = models.ForeignKey(Answers, on_delete=models.PROTECT, related_name="+")
    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, null=True, related_name="+")
    fields = ArrayField(models.CharField(max_length=200), default=list)
    known_as = models.BinaryField(null=True)
    route = models.ForeignKey(Route, on_delete=models.PROTECT, null=True, related_name="+")
    content_digest = models.BinaryField(null=True)
    due_at = models.DateTimeField(null=True)
    leased_until = models.DateTimeField(null=True)
    fence = models.BigIntegerField(default=0)
    tries = models.PositiveIntegerField(default=0)
    crashes = models.PositiveSmallIntegerField(default=0)
    escalated_at = models.DateTimeField(null=True)
    confirm_by = models.DateField(null=True)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["pending", "available", "sent", "closed", "withheld", "failed"]),
                name="delivery_state",
            ),
            models.CheckConstraint(
                condition=Q(purpose__in=["notify", "correct", "void", "withdraw", "answer", "apply"]),
                name="delivery_purpose",
            ),
            models.CheckConstraint(
                condition=(Q(state="pending") & Q(due_at__isnull=False))
                | (~Q(state="pending") & Q(due_at__isnull=True)),
                name="delivery_is_due_while_pending",
            ),
            models.CheckConstraint(
                condition=Q(leased_until__isnull=True) | Q(state="pending"), name="delivery_is_leased_while_pending"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["withheld", "failed"]) ^ Q(reason=""), name="delivery_not_told_has_a_reason"
            ),
            models.CheckConstraint(
                condition=Q(state="withheld") | Q(agreement__isnull=False), name="delivery_rests_on_an_agreement"
            ),
            models.CheckConstraint(
                condition=~Q(state="closed") | (Q(closed_at__isnull=False) & ~Q(outcome="")),
                name="delivery_closed_by_an_outcome",
            ),
            models.CheckConstraint(
                condition=~Q(state="sent") | Q(sent_at__isnull=False), name="delivery_sent_has_its_time"
            ),
            models.CheckConstraint(
                condition=Q(content_digest__isnull=True) | Q(route__isnull=False), name="delivery_content_has_a_route"
            ),
        ]
        indexes = [
            models.Index(fields=["recipient", "due_at"], name="delivery_due", condition=Q(state="pending")),
            models.Index(
                fields=["recipient", "due_at"],
                name="delivery_urgent",
                condition=Q(state="pending", purpose__in=["correct", "void", "withdraw"]),
            ),
            models.Index(fields=["recipient", "created_at"], name="delivery_to_fetch", condition=Q(state="available")),
            models.Index(
                fields=["confirm_by"],
                name="delivery_to_confirm",
                condition=Q(state__in=["pending", "available", "sent"]),
            ),
            models.Index(
                fields=["recipient", "confirm_by", "id"],
                name="delivery_to_answer",
                condition=Q(state__in=["pending", "available", "sent"]),
            ),
            models.Index(
                fields=["recipient", "-closed_at", "-id"], name="delivery_answered", condition=Q(state="closed")
            ),
            models.Index(fields=["created_at", "id"], name="delivery_failed", condition=Q(state="failed")),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def may_have_been_told(self) -> bool:
        """At least one attempt was made, whatever became of it."""
        return self.tries > 0


class DeliveryNumber(models.Model):
    """The number that a delivery has among those to one recipient about one report.

    It stands apart so that it stays when old deliveries are put away: nobody is ever told twice for want of memory.
    """

    append_only = True

    delivery_id = models.UUIDField(primary_key=True)
    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="+", db_index=False)
    recipient = models.ForeignKey(Recipient, on_delete=models.PROTECT, related_name="+", db_index=False)
    sequence = models.PositiveSmallIntegerField()
    purpose = models.CharField(max_length=10)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["report", "recipient", "sequence"], name="delivery_number_is_unique"),
            models.UniqueConstraint(
                fields=["report", "recipient"], condition=Q(purpose="notify"), name="delivery_notifies_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.report_id}/{self.recipient_id}/{self.sequence}"


class Attempt(models.Model):
    """One try, written before the first byte goes; what became of it is its `Result`, and without one nobody knows."""

    append_only = True

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    delivery_id = models.UUIDField(db_index=True)
    number = models.PositiveIntegerField()
    fence = models.BigIntegerField()
    digest = models.BinaryField()
    started_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["delivery_id", "fence"], name="attempt_once_per_claim")]

    def __str__(self) -> str:
        return f"{self.delivery_id}/{self.number}"


class Result(models.Model):
    """What became of one attempt: its class, a short code, never a body."""

    append_only = True

    attempt = models.OneToOneField(Attempt, on_delete=models.PROTECT, primary_key=True, db_constraint=False)
    outcome = models.CharField(max_length=16)
    code = models.CharField(max_length=60)
    was_overtaken = models.BooleanField(default=False)
    took_ms = models.PositiveIntegerField()
    finished_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.attempt_id}: {self.outcome}"


class Confirmation(models.Model):
    """What a recipient says it did; every word of theirs is kept, sealed where it may name somebody.

    `mark` is the keyed digest of what was said, so that the same confirmation twice is one row.
    """

    append_only = True

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    delivery_id = models.UUIDField(db_index=True)
    outcome = models.CharField(max_length=24)
    actions = models.JSONField(default=list)
    sealed = models.BinaryField(null=True)
    mark = models.BinaryField()
    came_by = models.CharField(max_length=12)
    given_by = models.CharField(max_length=100)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["delivery_id", "mark"], name="confirmation_is_kept_once")]

    def __str__(self) -> str:
        return f"{self.delivery_id}: {self.outcome}"
