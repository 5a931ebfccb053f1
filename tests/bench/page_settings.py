"""The settings of tests on an SQLite file, with Django admin beside Inkpad, for measuring pages."""

import os
from typing import Any

from tests.settings import *  # noqa: F403

DATABASES["default"]["NAME"] = os.environ["BENCH_DATABASE"]  # noqa: F405
INSTALLED_APPS = [*INSTALLED_APPS, "django.contrib.admin", "tests.bench.apps.Bench"]  # noqa: F405
_options: Any = TEMPLATES[0]["OPTIONS"]  # noqa: F405
_options["context_processors"] = [*_options["context_processors"], "django.contrib.auth.context_processors.auth"]
ROOT_URLCONF = "tests.bench.admin_rows"
SILENCED_SYSTEM_CHECKS = ["admin.E404"]
