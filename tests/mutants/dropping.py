"""Settings of a service with ``Dropping`` in it."""

from config.settings import *  # noqa: F403
from config.settings import INSTALLED_APPS as USUAL

INSTALLED_APPS = [*USUAL, "tests.mutants.apps.Dropping"]
