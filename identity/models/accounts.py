"""Accounts: those who can sign in. A login is a name that the service gives, never an e-mail address."""

import uuid
from typing import ClassVar, Self

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Now


class Role(models.TextChoices):
    """What an account may be to the service; what follows from each is in ``tellusonce/rules.py``."""

    REGISTRAR = "registrar"
    ADVISER = "adviser"
    RECIPIENT_OFFICER = "recipient-officer"
    OPERATOR = "operator"
    AUDITOR = "auditor"
    CITIZEN = "citizen"
    HELPER = "helper"


OF_AN_ORGANISATION = (Role.REGISTRAR, Role.ADVISER, Role.RECIPIENT_OFFICER)
OF_THEMSELVES = (Role.CITIZEN, Role.HELPER)


class Account(AbstractBaseUser):  # type: ignore[django-manager-missing]  # of clients, whose base is untyped
    """Somebody who can sign in; a citizen whose identity has been proved is linked to the person they are."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    login = models.CharField(max_length=100, unique=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    person = models.ForeignKey(
        "identity.Person", on_delete=models.PROTECT, null=True, related_name="accounts", db_index=False
    )

    objects: ClassVar[BaseUserManager[Self]] = BaseUserManager()

    USERNAME_FIELD = "login"

    class Meta:
        indexes: ClassVar = [models.Index(fields=["person"], name="account_person")]


class Appointment(models.Model):
    """A role that an account holds, for one organisation unless it is held for the service or for oneself."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="appointments")
    role = models.CharField(max_length=20, choices=Role)
    organisation = models.SlugField(max_length=60, blank=True)
    made_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "role", "organisation"], name="appointment_is_made_once"),
            models.CheckConstraint(
                condition=(
                    models.Q(role__in=["operator", "auditor"])
                    | models.Q(role__in=["citizen", "helper"], organisation="")
                    | (models.Q(role__in=["registrar", "adviser", "recipient-officer"]) & ~models.Q(organisation=""))
                ),
                name="appointment_has_its_organisation",
            ),
        ]


class SecondFactor(models.Model):
    """The secret behind an account's one-time codes (RFC 6238), sealed; `last_step` lets no code be used twice."""

    account = models.OneToOneField(Account, on_delete=models.CASCADE, primary_key=True, related_name="second_factor")
    key = models.ForeignKey("identity.DataKey", on_delete=models.PROTECT, related_name="+")
    sealed = models.BinaryField()
    confirmed_at = models.DateTimeField(null=True)
    last_step = models.BigIntegerField(default=0)


class RecoveryCode(models.Model):
    """A code that stands in once for the second factor; only its keyed digest is kept."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="recovery_codes")
    digest = models.BinaryField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "digest"], name="recovery_code_is_kept_once")
        ]


class ProviderLink(models.Model):
    """Which account somebody has who signs in elsewhere; of whom the provider knows, only a keyed digest is kept."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="provider_links")
    subject = models.BinaryField(unique=True)
    provider = models.SlugField(max_length=40)
    linked_at = models.DateTimeField(db_default=Now(), editable=False)


class Tries(models.Model):
    """How often somebody has lately failed at one door, by a keyed digest of what was tried or of where from."""

    door = models.CharField(max_length=30)
    key = models.BinaryField()
    failures = models.PositiveIntegerField()
    last_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["door", "key"], name="tries_are_counted_once")]
        indexes: ClassVar = [models.Index(fields=["last_at"], name="tries_by_age")]


class Session(models.Model):
    """A visit: found by a digest of the visitor's cookie, so that a stolen copy of this table opens no door."""

    session_key = models.CharField(max_length=64, primary_key=True)
    session_data = models.TextField()
    expire_date = models.DateTimeField(db_index=True)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, null=True, related_name="sessions")
