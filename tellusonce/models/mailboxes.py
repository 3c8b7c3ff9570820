"""The state of each recipient's mailbox: who drains it, whether it is paused, what its breaker and its rate allow."""

from django.db import models

from tellusonce.models.catalogue import Recipient


class Mailbox(models.Model):
    """One recipient's own queue.

    `tokens` is what its rate still allowed at `refilled_at`. `failures` counts in a row while the breaker is closed;
    `openings` how often in a row it has opened. While `open_until` lies ahead nothing is sent; after it, one probe.
    """

    recipient = models.OneToOneField(Recipient, on_delete=models.CASCADE, primary_key=True)
    paused_at = models.DateTimeField(null=True)
    paused_by = models.CharField(max_length=100, default="")
    pause_reason = models.CharField(max_length=60, default="")
    failures = models.PositiveIntegerField(default=0)
    openings = models.PositiveSmallIntegerField(default=0)
    open_until = models.DateTimeField(null=True)
    reply_ms = models.FloatField(default=0)
    tokens = models.FloatField(default=0)
    refilled_at = models.DateTimeField(null=True)

    SLOW_MS = 2000

    def __str__(self) -> str:
        return str(self.recipient_id)

    @property
    def is_slow(self) -> bool:
        """Its replies have become so slow that it belongs in the queue for the slow."""
        return self.reply_ms >= self.SLOW_MS


class Lane(models.Model):
    """First attempts and late retries of a mailbox are drained apart, each by one worker at a time."""

    FIRST = "first"
    RETRY = "retry"
    NAMES = (FIRST, RETRY)

    recipient = models.ForeignKey(Recipient, on_delete=models.CASCADE, related_name="lanes")
    name = models.CharField(max_length=8)
    fence = models.BigIntegerField(default=0)
    leased_until = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["recipient", "name"], name="lane_is_unique")]

    def __str__(self) -> str:
        return f"{self.recipient_id}/{self.name}"


class Mark(models.Model):
    """Something that has been hinted, until when that counts; for `tellusonce.marks`. The table is not logged."""

    name = models.CharField(max_length=40, primary_key=True)
    until = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class Pause(models.Model):
    """A switch thrown for everything, or for one kind: while it stands, nothing it covers is sent."""

    EVERYTHING = ""

    kind = models.CharField(max_length=40, primary_key=True)
    paused_at = models.DateTimeField()
    paused_by = models.CharField(max_length=100)
    reason = models.CharField(max_length=200)

    def __str__(self) -> str:
        return self.kind or "everything"
