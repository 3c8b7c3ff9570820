"""How well people are recognised: ``make evaluate-matching``. It takes minutes, so it is no part of the tests."""

import os

import django
from django.apps import apps

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
if not apps.ready:
    django.setup()
