"""Changing events: what people do with a job, and what workers do with its events.

The only modules of the dashboard that change an event at Fingerprint.
"""

from dashboard.tagging.actions.collecting import collect, wake_collectors
from dashboard.tagging.actions.confirming import approve_job, confirm_job, decline_job, start_job
from dashboard.tagging.actions.ends import finish_job, pause_job
from dashboard.tagging.actions.exporting import export_results
from dashboard.tagging.actions.items import apply_batch, apply_item
from dashboard.tagging.actions.jobs import (
    OPENED,
    cancel_job,
    look_at_job,
    look_at_jobs,
    pause_job_by_hand,
    resume_job,
    retry_failed,
)
from dashboard.tagging.actions.lists import discard_list, open_list, open_search_list
from dashboard.tagging.actions.turns import sweep_old_drafts, take_turn, wake_stalled_jobs
from dashboard.tagging.actions.undo import open_undo, take_back

__all__ = [
    "OPENED",
    "apply_batch",
    "apply_item",
    "approve_job",
    "cancel_job",
    "collect",
    "confirm_job",
    "decline_job",
    "discard_list",
    "export_results",
    "finish_job",
    "look_at_job",
    "look_at_jobs",
    "open_list",
    "open_search_list",
    "open_undo",
    "pause_job",
    "pause_job_by_hand",
    "resume_job",
    "retry_failed",
    "start_job",
    "sweep_old_drafts",
    "take_back",
    "take_turn",
    "wake_collectors",
    "wake_stalled_jobs",
]
