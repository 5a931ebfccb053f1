from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "dashboard.core"
    label = "core"

    def ready(self) -> None:
        from dashboard.core import caches, checks, erasure  # noqa: F401  (checks registers the system checks)

        erasure.register_outside("caches", caches.forget)
