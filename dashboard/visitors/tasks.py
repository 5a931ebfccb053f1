from celery import shared_task
from django.utils import timezone

from dashboard.visitors import link_readings


@shared_task(acks_late=True)
def sweep_expired_links(**_: object) -> None:
    """Delete what was found about links when its time is over."""
    link_readings.sweep_expired(timezone.now())
