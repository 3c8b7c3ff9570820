"""Clients: other bodies' systems."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from oauth2_provider.models import AbstractApplication


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
