#!/usr/bin/env python
"""Run a command of the service: ``python manage.py help`` lists them."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from environs.exceptions import EnvError


def main() -> None:
    """Hand the command line to Django under the one settings file; a setting that is wrong is said in a sentence."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    program, *rest = sys.argv
    if rest:  # a module cannot be named `subject-access`, and whoever types may well write so
        rest[0] = rest[0] if rest[0].startswith("-") else rest[0].replace("-", "_")
    try:
        execute_from_command_line([program, *rest])
    except (ImproperlyConfigured, EnvError) as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(2)


if __name__ == "__main__":
    main()
