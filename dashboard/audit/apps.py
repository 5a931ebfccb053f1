from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AuditConfig(AppConfig):
    name = "dashboard.audit"
    label = "audit"

    def ready(self) -> None:
        from dashboard.audit import checks, seals, subject_rows, triggers  # noqa: F401  (registers the system checks)
        from dashboard.audit.holdings import held_about
        from dashboard.core import erasure, holdings, navigation

        # SQLite drops triggers when it rebuilds a table, so they are put back after every migrate.
        post_migrate.connect(triggers.install_after_migrate, sender=self)
        erasure.register("audit log", subject_rows.erase_visitors)
        navigation.register_foot(seals.in_the_frame)
        erasure.register_values("audit log", subject_rows.erase_names)
        holdings.register("audit log", held_about)
