"""What Celery's beat does for the log; by their names they run on the queue `clock`."""

from celery import shared_task
from django.utils import timezone


@shared_task(acks_late=True)
def sweep_seal(**_: object) -> None:
    """Give new entries their place in the tree and sign it."""
    from dashboard.audit import duties

    duties.seal_and_tell(now=timezone.now())


@shared_task(acks_late=True)
def sweep_values(**_: object) -> None:
    """Empty personal values whose time is over."""
    from dashboard.audit import expiry

    expiry.expire_values(now=timezone.now())


@shared_task(acks_late=True)
def sweep_verification(**_: object) -> None:
    """Verify the whole log when it is time."""
    from dashboard.audit import duties

    duties.verify_when_due(now=timezone.now())
