"""Clients: other bodies' systems."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from oauth2_provider.models import AbstractApplication


class Client(AbstractApplication):  # type: ignore[misc]  # django-oauth-toolkit ships no types
    """Another body's system: it acts for one organisation, within the scopes it was registered for.

    While a secret is being replaced the former one counts as well, until a date. A client with `jwks`, its own public
    keys, proves itself by these and by no secret. With `certificates` (PEM) it may sign SOAP messages, and with
    `webhook_keys`, public ones, webhooks.
    """

    organisation = models.SlugField(max_length=100)
    scopes = ArrayField(models.CharField(max_length=50))
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)
    former_secret = models.CharField(max_length=255, blank=True, default="", db_default="", editable=False)
    former_secret_until = models.DateTimeField(null=True, blank=True, editable=False)
    jwks = models.JSONField(null=True, blank=True)
    certificates = models.TextField(blank=True, default="", db_default="")
    webhook_keys = ArrayField(models.CharField(max_length=120), default=list, db_default=[], blank=True)
    requests_per_minute = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~models.Q(organisation=""), name="client_has_an_organisation"),
            # A revoked client keeps its name, so that the log of accesses never means two systems by one name.
            models.UniqueConstraint(fields=["organisation", "name"], name="client_is_named_once"),
        ]

    @property
    def is_for_staff(self) -> bool:
        """Members of staff sign in through it, and it acts as each of them."""
        return bool(self.authorization_grant_type == self.GRANT_AUTHORIZATION_CODE)

    def is_usable(self, request: object) -> bool:  # noqa: ARG002  django-oauth-toolkit asks this with the request
        """Say whether tokens may still be issued and accepted; asked for both."""
        return self.revoked_at is None


class UsedAssertion(models.Model):
    """That an assertion (RFC 7523) was used, by the digest of its `jti`: kept until it would have expired."""

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="+")
    mark = models.BinaryField()
    expires_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["client", "mark"], name="assertion_is_used_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["client", "expires_at"], name="assertion_by_age")]
