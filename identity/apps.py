"""The identity store as a Django application."""

from django.apps import AppConfig


class IdentityConfig(AppConfig):
    """Owns accounts, clients, the vault's data keys and the ledger."""

    name = "identity"
    default_auto_field = "django.db.models.BigAutoField"
