"""How Celery behaves. Work is short, safe to run twice, and found again by the sweeps when a message is lost."""

from django.conf import settings

broker_url = settings.BROKER_URL
broker_connection_retry_on_startup = True
# A page that wakes the workers must not wait for a broker that is away: one try, the sweep does the rest.
broker_transport_options = {"max_retries": 0, "interval_start": 0}
if broker_url.startswith(("redis", "unix")):
    broker_transport_options |= {
        "visibility_timeout": 600,
        # A killed worker's messages come back after seconds instead of minutes.
        "unacked_restore_interval": 2,
        "unacked_restore_throttle": 1,
        "socket_connect_timeout": 2,
        "socket_timeout": 5,
    }
result_backend = None
task_ignore_result = True
task_acks_late = True
task_reject_on_worker_lost = True
worker_prefetch_multiplier = 1
task_default_queue = "work"
task_routes = {
    "dashboard.*.tasks.sweep*": {"queue": "clock"},
}
worker_hijack_root_logger = False
worker_send_task_events = False
timezone = "UTC"
beat_schedule = {
    "seal the audit log": {"task": "dashboard.audit.tasks.sweep_seal", "schedule": 1.0, "options": {"expires": 2}},
    "forget old values": {"task": "dashboard.audit.tasks.sweep_values", "schedule": 600.0, "options": {"expires": 600}},
    "verify the audit log": {
        "task": "dashboard.audit.tasks.sweep_verification",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "sweep jobs": {"task": "dashboard.tagging.tasks.sweep_jobs", "schedule": 5.0, "options": {"expires": 5}},
    "sweep unconfirmed lists": {"task": "dashboard.tagging.tasks.sweep_drafts", "schedule": 600.0},
    "sweep deletions": {
        "task": "dashboard.deletions.tasks.sweep_deletions",
        "schedule": 5.0,
        "options": {"expires": 5},
    },
    "sweep connection": {
        "task": "dashboard.status.tasks.sweep_connection",
        "schedule": 15.0,
        "options": {"expires": 15},
    },
    "sweep notices": {"task": "dashboard.notices.tasks.sweep_notices", "schedule": 30.0, "options": {"expires": 30}},
    "sweep what follows deletions": {
        "task": "dashboard.deletions.tasks.sweep_followed",
        "schedule": 30.0,
        "options": {"expires": 30},
    },
    "sweep followed visitors": {
        "task": "dashboard.visitors.tasks.sweep_follows",
        "schedule": 30.0,
        "options": {"expires": 30},
    },
    "sweep expired links": {"task": "dashboard.visitors.tasks.sweep_expired_links", "schedule": 300.0},
    "sweep sessions": {"task": "dashboard.accounts.tasks.sweep_sessions", "schedule": 3600.0},
    "sweep expired rows": {"task": "dashboard.events.tasks.sweep_expired", "schedule": 300.0},
    "sweep expired exports": {"task": "dashboard.events.tasks.sweep_exports", "schedule": 300.0},
}
