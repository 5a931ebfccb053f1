from celery import shared_task
from django.utils import timezone

from dashboard.core.work import wake
from dashboard.visitors import link_readings


@shared_task(acks_late=True)
def ask_followed(**_: object) -> None:
    """Ask about followed visitors whose turn it is; leaves the worker to others in between."""
    from dashboard.visitors.actions import asking_followed

    if asking_followed.ask_due():
        wake(ask_followed)


@shared_task(acks_late=True)
def sweep_follows(**_: object) -> None:
    """Wake a worker when the turn of a followed visitor has come."""
    from dashboard.visitors.actions import asking_followed

    if asking_followed.something_is_due(timezone.now()):
        wake(ask_followed)


@shared_task(acks_late=True)
def sweep_expired_links(**_: object) -> None:
    """Delete what was found about links when its time is over."""
    link_readings.sweep_expired(timezone.now())
