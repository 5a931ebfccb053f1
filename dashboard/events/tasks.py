from celery import shared_task
from django.utils import timezone

from dashboard.events import actions, exporting


@shared_task(acks_late=True)
def sweep_expired(**_: object) -> None:
    """Delete snapshots and searches whose time is over."""
    actions.sweep_expired(timezone.now())


@shared_task(acks_late=True)
def sweep_exports(**_: object) -> None:
    """Empty exports whose time is over."""
    exporting.sweep_exports(timezone.now())
