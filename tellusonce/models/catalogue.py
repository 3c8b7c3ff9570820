"""Organisations, recipients, routes and agreements, as the reviewed configuration last applied says.

Agreements and routes are immutable: a change is a new row with the next number. The newest `CatalogueVersion`
names the agreements that count; all older ones stay, because deliveries point at them.
"""

import datetime as dt
import uuid

from django.contrib.postgres.fields import ArrayField
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models


class CatalogueVersion(models.Model):
    """One application of the catalogue: who applied what, when, and which agreements count from then on.

    `before` and `after` are what it changed of areas, organisations and recipients, which are overwritten (snapshots of
    `catalogue.snapshots`); none in versions from before that was kept.
    """

    append_only = True

    number = models.AutoField(primary_key=True)
    digest = models.CharField(max_length=64)
    applied_at = models.DateTimeField()
    applied_by = models.CharField(max_length=100)
    agreements = ArrayField(models.BigIntegerField(), default=list)
    before = models.JSONField(encoder=DjangoJSONEncoder, null=True)
    after = models.JSONField(encoder=DjangoJSONEncoder, null=True)

    def __str__(self) -> str:
        return f"catalogue {self.number}"


class CatalogueProposal(models.Model):
    """What a catalogue is to say that one operator puts forward, for another to approve or refuse.

    `wanted` is a snapshot (``catalogue.snapshots``) with its `digest`, `warnings` what the check had to say beside it.
    """

    class State(models.TextChoices):
        """Written by ``tellusonce.proposals`` alone."""

        OPEN = "open"
        APPROVED = "approved"
        REFUSED = "refused"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    wanted = models.JSONField(encoder=DjangoJSONEncoder)
    warnings = models.JSONField(default=list)
    digest = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    reason = models.CharField(max_length=20, default="")
    proposed_by = models.CharField(max_length=100)
    proposed_at = models.DateTimeField()
    decided_by = models.CharField(max_length=100, default="")
    decided_at = models.DateTimeField(null=True)
    version = models.ForeignKey(CatalogueVersion, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state="open", decided_by="", decided_at=None)
                | (models.Q(state__in=["approved", "refused"], decided_at__isnull=False) & ~models.Q(decided_by="")),
                name="proposal_is_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="approved") | ~models.Q(proposed_by=models.F("decided_by")),
                name="proposal_is_approved_by_another",
            ),
            models.CheckConstraint(
                condition=models.Q(state="refused") ^ models.Q(reason=""), name="proposal_refused_has_a_reason"
            ),
            models.CheckConstraint(
                condition=models.Q(state="approved") ^ models.Q(version=None), name="proposal_approved_has_its_version"
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class Area(models.Model):
    """A council's district, county or borough; `postcodes` are their beginnings: ``ZX1``, or ``ZX1 2`` for a sector."""

    code = models.CharField(max_length=20, primary_key=True)
    name = models.CharField(max_length=100)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="children")
    nation = models.CharField(max_length=20, default="england")
    postcodes = ArrayField(models.CharField(max_length=8), default=list)

    def __str__(self) -> str:
        return self.code


class Organisation(models.Model):
    """A body that signs agreements."""

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)

    def __str__(self) -> str:
        return self.slug


class Recipient(models.Model):
    """One service of an organisation that can be told: whom it serves, how fast it must confirm, how it is protected.

    `serves` holds area codes and is empty for a nationwide service. `assured_until` is the last day on which the
    connection counts as safe; after it everything for this recipient is withheld.
    """

    slug = models.SlugField(max_length=60, unique=True)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="recipients")
    name = models.CharField(max_length=120)
    serves = ArrayField(models.CharField(max_length=20), default=list)
    nation = models.CharField(max_length=20, default="england")
    owner = models.CharField(max_length=120)
    contact = models.CharField(max_length=200, default="")
    confirm_within_days = models.PositiveSmallIntegerField()
    assured_by = models.CharField(max_length=120)
    assured_until = models.DateField()
    in_flight = models.PositiveSmallIntegerField(default=8)
    rate_per_second = models.FloatField(null=True)
    opening_hours = models.JSONField(null=True)
    is_active = models.BooleanField(default=True)
    route = models.ForeignKey("Route", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(in_flight__gte=1), name="recipient_sends_something"),
            models.CheckConstraint(
                condition=models.Q(rate_per_second__isnull=True) | models.Q(rate_per_second__gt=0),
                name="recipient_rate_is_positive",
            ),
        ]

    def __str__(self) -> str:
        return self.slug


class Route(models.Model):
    """How a recipient is reached, at one version: adapter, address, the adapter's settings, WSDL and schema texts.

    `adapter` is a name that ``adapters.discovery`` knows, or ``inbox`` for a recipient that fetches. One that polls for
    security events fetches too.
    """

    append_only = True
    INBOX = "inbox"
    POLLED = "security-event-poll"
    FETCHED = (INBOX, POLLED)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    recipient = models.ForeignKey(Recipient, on_delete=models.PROTECT, related_name="routes")
    number = models.PositiveIntegerField()
    adapter = models.CharField(max_length=60)
    address = models.CharField(max_length=500, default="")
    settings = models.JSONField(default=dict)
    documents = models.JSONField(default=dict)
    detects_duplicates = models.BooleanField(default=True)
    digest = models.CharField(max_length=64)
    catalogue = models.ForeignKey(CatalogueVersion, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["recipient", "number"], name="route_number_is_unique")]

    def __str__(self) -> str:
        return f"{self.recipient_id}/{self.number}"

    @property
    def is_fetched(self) -> bool:
        """The recipient comes for it; we do not send."""
        return self.adapter in self.FETCHED


class Agreement(models.Model):
    """A data-sharing agreement at one version: which fields of a kind an organisation, or one recipient, may have.

    `fields` are leaf paths, expanded when the catalogue was applied, so that a field added to a kind later is
    granted to nobody by accident. `in_force_until` is the last day, or None.
    """

    append_only = True

    slug = models.SlugField(max_length=80)
    number = models.PositiveIntegerField()
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="agreements")
    recipient = models.ForeignKey(Recipient, on_delete=models.PROTECT, null=True, related_name="agreements")
    kind = models.CharField(max_length=40)
    fields = ArrayField(models.CharField(max_length=200))
    lawful_basis = models.CharField(max_length=40)
    article_9_condition = models.CharField(max_length=80, default="")
    tells_from_registration = models.BooleanField(default=False)
    is_required = models.BooleanField(default=False)
    in_force_from = models.DateField()
    in_force_until = models.DateField(null=True)
    document_reference = models.CharField(max_length=120)
    catalogue = models.ForeignKey(CatalogueVersion, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["slug", "number"], name="agreement_number_is_unique")]

    def __str__(self) -> str:
        return f"{self.slug}/{self.number}"

    def is_in_force(self, on: dt.date) -> bool:
        """Whether the dates allow it on that day; whether the catalogue still counts it is the catalogue's to say."""
        return self.in_force_from <= on and (self.in_force_until is None or on <= self.in_force_until)
