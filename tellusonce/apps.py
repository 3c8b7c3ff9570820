"""The service itself: what we were told, whom we may tell, and how far the telling has got."""

from django.apps import AppConfig


class TellUsOnceConfig(AppConfig):
    """The application that owns reports, the catalogue and deliveries."""

    name = "tellusonce"
    verbose_name = "Tell Us Once"
    default_auto_field = "django.db.models.BigAutoField"
