"""Settings of a service with ``Leaking`` in it."""

from config.settings import *  # noqa: F403
from config.settings import INSTALLED_APPS as USUAL

INSTALLED_APPS = [*USUAL, "tests.mutants.apps.Leaking"]
