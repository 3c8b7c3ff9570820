"""The one settings file, under the tests' environment: for the tools that read code and need no database."""

import tests.environment  # noqa: F401  settings are read from the environment, once, so it comes first
from config.settings import *  # noqa: F403
