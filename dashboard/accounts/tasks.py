"""Forgetting sessions that are over, with whatever still stands in them."""

from celery import shared_task


@shared_task(acks_late=True)
def sweep_sessions(**_: object) -> None:
    """Delete the rows of sessions that can be used no more."""
    from django.contrib.sessions.backends.db import SessionStore

    SessionStore.clear_expired()
