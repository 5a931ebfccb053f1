"""Whether Fingerprint is back, asked while nobody else asks."""

from celery import shared_task
from django.utils import timezone


@shared_task(acks_late=True)
def probe_fingerprint(**_: object) -> None:
    """Ask, if it is time; on the queue of jobs, because an answer that does not come takes its time."""
    from dashboard.status import outage

    outage.probe(now=timezone.now())


@shared_task(acks_late=True)
def sweep_connection(**_: object) -> None:
    """Wake a worker to ask while Fingerprint does not answer."""
    from dashboard.core.work import wake
    from dashboard.status import outage

    if outage.is_due(now=timezone.now()):
        wake(probe_fingerprint)
