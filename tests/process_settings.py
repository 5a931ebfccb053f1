"""The product's settings for processes that tests start: only the static files are served as they lie in the tree.

A clean clone has no `staticfiles/`, and a page that wants a hashed name from there would not be drawn.
"""

from dashboard.settings import *  # noqa: F403

STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}  # noqa: F405
