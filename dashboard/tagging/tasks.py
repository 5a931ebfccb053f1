"""What Celery is told: that a job has work. Everything that matters stands in the rows."""

from celery import shared_task


@shared_task(acks_late=True)
def apply_batch(*, job_id: int, **_: object) -> None:
    """Work on a job for a while."""
    from dashboard.tagging import actions

    actions.apply_batch(job_id=job_id)


@shared_task(acks_late=True)
def take_turn(**_: object) -> None:
    """Work for a while on the job whose turn it is."""
    from dashboard.tagging import actions

    actions.take_turn()


@shared_task(acks_late=True)
def collect(*, job_id: int, **_: object) -> None:
    """Collect a list for a while."""
    from dashboard.tagging import actions

    actions.collect(job_id=job_id)


@shared_task(acks_late=True)
def sweep_drafts(**_: object) -> None:
    """Throw away the lists that nobody confirmed."""
    from dashboard.tagging import actions

    actions.sweep_old_drafts()


@shared_task(acks_late=True)
def sweep_jobs(**_: object) -> None:
    """Wake workers for every job that has something due and nobody at it."""
    from dashboard.tagging import actions

    actions.wake_stalled_jobs()
