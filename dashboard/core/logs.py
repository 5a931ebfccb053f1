"""Log lines: JSON in production, readable in a console; no path, no personal value, no secret.

Django's own request loggers print the path, which may hold an event or visitor id. Their records are rewritten to the
route's name before any handler sees them.
"""

import logging
import logging.config
from typing import Any

import structlog


class RouteInsteadOfPath(logging.Filter):
    """Replaces the message of django.request and django.security records by the status and the route's name."""

    def filter(self, record: logging.LogRecord) -> bool:
        request = getattr(record, "request", None)
        match = getattr(request, "resolver_match", None)
        record.msg = "%s at route %s"
        record.args = (getattr(record, "status_code", "refused"), match.view_name if match else "unknown")
        return True


def configure(options: dict[str, Any]) -> None:
    """Sets up logging; called by Django with settings.LOGGING (`format` json or console, `level`)."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if options["format"] == "json"
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "filters": {"route": {"()": RouteInsteadOfPath}},
            "formatters": {
                "line": {
                    "()": structlog.stdlib.ProcessorFormatter,
                    "foreign_pre_chain": shared,
                    "processors": [
                        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                        structlog.processors.format_exc_info,
                        renderer,
                    ],
                }
            },
            "handlers": {"stream": {"class": "logging.StreamHandler", "formatter": "line"}},
            "root": {"handlers": ["stream"], "level": options["level"]},
            "loggers": {
                # Django's own handlers would say everything a second time, as plain text.
                "django": {"handlers": [], "propagate": True},
                "django.server": {"handlers": [], "propagate": True},
                "django.request": {"filters": ["route"]},
                "django.security": {"filters": ["route"]},
                "django.security.csrf": {"filters": ["route"]},
                "django.security.DisallowedHost": {"filters": ["route"]},
                # httpx logs whole URLs, and a search URL holds personal values.
                "httpx": {"level": "WARNING"},
                "httpcore": {"level": "WARNING"},
                # Two lines for every task, and the sealer runs every second; what tasks did stands in the audit log.
                "celery.worker.strategy": {"level": "WARNING"},
                "celery.app.trace": {"level": "WARNING"},
            },
        }
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
