"""The door for web servers: dashboard.wsgi:application."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")
application = get_wsgi_application()

from dashboard.audit import configuration  # noqa: E402  (needs the applications to be loaded)

configuration.note_at_start()
