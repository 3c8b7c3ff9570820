"""What the identity store keeps: accounts, clients, wrapped data keys and the log of accesses.

No column here holds a personal value in the clear: a login is a name that the service gives, never an e-mail
address, and an access names what it was about by id.
"""

import uuid
from typing import ClassVar, Self

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from oauth2_provider.models import AbstractApplication


class Account(AbstractBaseUser):  # type: ignore[django-manager-missing]  # of clients, whose base is untyped
    """Somebody who can sign in."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    login = models.CharField(max_length=100, unique=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects: ClassVar[BaseUserManager[Self]] = BaseUserManager()

    USERNAME_FIELD = "login"


class Client(AbstractApplication):  # type: ignore[misc]  # django-oauth-toolkit ships no types
    """Another body's system: it acts for one organisation, within the scopes it was registered for."""

    organisation = models.SlugField(max_length=100)
    scopes = ArrayField(models.CharField(max_length=50))
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~models.Q(organisation=""), name="client_has_an_organisation"),
            # A revoked client keeps its name, so that the log of accesses never means two systems by one name.
            models.UniqueConstraint(fields=["organisation", "name"], name="client_is_named_once"),
        ]

    def is_usable(self, request: object) -> bool:  # noqa: ARG002  django-oauth-toolkit asks this with the request
        """Say whether tokens may still be issued and accepted; asked for both."""
        return self.revoked_at is None


class DataKey(models.Model):
    """A data key, wrapped by a master key; destroying it is how what it sealed is forgotten."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    wrapped = models.BinaryField()
    master_version = models.PositiveSmallIntegerField()
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    destroyed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(destroyed_at__isnull=True) | models.Q(wrapped=b""),
                name="destroyed_key_is_gone",
            ),
        ]


class Access(models.Model):
    """One entry of the ledger: who did or saw what, about whom, why and when; it only ever grows."""

    append_only = True

    at = models.DateTimeField(db_default=Now(), editable=False)
    actor = models.CharField(max_length=255)
    organisation = models.CharField(max_length=100, blank=True)
    action = models.CharField(max_length=50)
    about = models.CharField(max_length=100)
    purpose = models.CharField(max_length=200, blank=True)
    on = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["about", "id"], name="access_about")]
