from django.apps import AppConfig


class Bench(AppConfig):
    """The table behind the rows of Django admin, while pages are measured."""

    name = "tests.bench"
    label = "bench"

    def ready(self) -> None:
        from tests.bench import admin_rows  # noqa: F401
