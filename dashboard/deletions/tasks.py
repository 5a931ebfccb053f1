"""The tasks of deletions. Rows are the truth: a task may be lost, doubled or killed at any moment."""

from celery import shared_task
from django.utils import timezone


@shared_task(acks_late=True)
def execute_due(**_: object) -> None:
    """Carries out what is approved and due, as far as the quota goes; leaves the worker to others in between."""
    from dashboard.core.work import wake
    from dashboard.deletions.sending import execution

    if execution.execute_due():
        wake(execute_due)


@shared_task(acks_late=True)
def take_in_files(**_: object) -> None:
    """Opens the requests of files that were confirmed; leaves the worker to others in between."""
    from dashboard.core.work import wake
    from dashboard.deletions.actions import intake

    if intake.take_in_due(now=timezone.now()):
        wake(take_in_files)


@shared_task(acks_late=True)
def sweep_deletions(**_: object) -> None:
    """Ends approvals that ran out and wakes `execute_due` when something is due."""
    from dashboard.deletions.actions import intake
    from dashboard.deletions.sending import schedule

    schedule.sweep(now=timezone.now())
    intake.sweep_files(now=timezone.now())


@shared_task(acks_late=True)
def follow_due(**_: object) -> None:
    """Forgets, asks and releases what is due after acceptance; leaves the worker to others in between."""
    from dashboard.core.work import wake
    from dashboard.deletions.watch import verification

    if verification.follow_due():
        wake(follow_due)


@shared_task(acks_late=True)
def sweep_followed(**_: object) -> None:
    """Wakes `follow_due` when something is due, and ends what was kept for long enough."""
    from dashboard.core.work import wake
    from dashboard.deletions.disclosure import actions as disclosure
    from dashboard.deletions.watch import forgetting, verification

    forgetting.sweep_records(now=timezone.now())
    disclosure.sweep_expired(now=timezone.now())
    if verification.something_is_due(timezone.now()):
        wake(follow_due)
