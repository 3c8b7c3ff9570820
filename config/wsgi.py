"""The service as a WSGI application, for gunicorn."""

import os

from django.core.wsgi import get_wsgi_application

from config import forks, restores

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()
restores.refuse()
forks.guard()
