"""What Celery is told: that mails wait. The rows say which."""

from celery import shared_task
from django.utils import timezone


@shared_task(acks_late=True)
def send_mails(**_: object) -> None:
    """Send what is due; leaves the worker to others in between."""
    from dashboard.core.work import wake
    from dashboard.notices import mailing

    if mailing.send_due():
        wake(send_mails)


@shared_task(acks_late=True)
def sweep_notices(**_: object) -> None:
    """Wake a worker for mails that are due, and delete notices whose time is over."""
    from dashboard.notices import actions

    actions.sweep(now=timezone.now())
