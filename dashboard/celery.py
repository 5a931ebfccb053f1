"""The Celery application: it only wakes workers, every state is a row in the database."""

import os
from typing import Any

from celery import Celery, Task, signals

from dashboard.core.trace import Trace, tracing

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")


class TracedTask(Task):  # type: ignore[type-arg]
    """Everything a task does carries the task's id as request id, in the log and in the audit log."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        # Apps are loaded by now; above they are not.
        from dashboard.status import outage
        from fingerprint_integration.services.watching import watching

        trace = Trace(request_id=f"task_{(self.request.id or 'direct')[:32]}", via="worker")
        with tracing(trace), watching(outage.note):
            return super().__call__(*args, **kwargs)


app = Celery("inkpad", task_cls=TracedTask)
app.config_from_object("dashboard.celery_settings")
app.autodiscover_tasks()


@signals.worker_ready.connect
def note_the_configuration(**_: Any) -> None:
    """A worker starts: how it is configured stands in the log when it changed."""
    from dashboard.audit import configuration

    with tracing(Trace(request_id="", via="system")):
        configuration.note_at_start()


@signals.setup_logging.connect
def keep_our_logging(**_: Any) -> None:
    """Celery must not replace the logging that settings.py configured."""
