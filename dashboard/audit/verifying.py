"""Verifies the whole log: every entry, the tree over them, every checkpoint, and what guards them.

What is read is only ever added to, so nothing is locked: the tree is verified as it was at one moment, while others go
on writing.
"""

import time
from collections.abc import Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from typing import Self

import django
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Count, Max, Min

from dashboard.audit import triggers
from dashboard.audit.findings import Findings
from dashboard.audit.models import AuditCheckpoint, AuditEntry
from dashboard.audit.notes import Verifier
from dashboard.audit.verifying_checkpoints import (
    Row,
    declared_gaps,
    head,
    read_notes,
    stored_checkpoints,
    verify_file,
    verify_is_published,
    verify_rows,
)
from dashboard.audit.verifying_entries import verify_entries
from dashboard.audit.verifying_tree import verify_tree

LONGEST_WAIT = timedelta(minutes=10)
"""An entry that has no place in the tree for longer than this is found."""
_PUBLISHED_WITHIN = timedelta(minutes=1)
_RANGE = 1 << 13
_LONGEST_SENTENCE = 200


@dataclass(frozen=True)
class Verification:
    """What a verification came to."""

    size: int
    checkpoint_count: int
    seconds: float
    findings: Findings = field(default_factory=Findings)

    @property
    def holds(self) -> bool:
        """Whether nothing was found."""
        return self.findings.count == 0

    @property
    def sentence(self) -> str:
        """The result in a few words, with the first finding."""
        if self.holds:
            return "everything holds"
        first = self.findings.first[0].sentence
        return first if len(first) <= _LONGEST_SENTENCE else f"{first[: _LONGEST_SENTENCE - 1]}…"


def verify(
    *,
    verifiers: Sequence[Verifier],
    notes: Sequence[str] | None,
    now: datetime,
    processes: int = 1,
    may_wait_long: bool = False,
    using: str = DEFAULT_DB_ALIAS,
) -> Verification:
    """Reads the whole log and says what is wrong with it.

    `verifiers` are the keys whose signatures count, `notes` the checkpoints kept outside the database (None: there are
    none). `may_wait_long` is for a copy that nobody has sealed since it was made.
    """
    started = time.monotonic()
    findings = Findings()
    for name in sorted(triggers.missing(connections[using])):
        findings.add(f"The trigger {name} does not guard its table.", -1)
    newest, size = head(using)
    rows = stored_checkpoints(using, newest)
    wanted = {row.said.size for row in rows} | {said.size for said in read_notes(notes or ())}
    with _Readers(using, size, processes) as readers:
        tree = verify_tree(using, size, wanted)
        gaps = declared_gaps(using)
        findings.take(tree.findings)
        findings.take(verify_rows(rows, tree, gaps, verifiers))
        if size and (not rows or rows[-1].said.size < size):
            covered = rows[-1].said.size if rows else 0
            findings.add(f"No checkpoint covers the positions {covered} to {size - 1}.", covered)
        if notes is not None:
            findings.take(verify_file(notes, rows, tree, gaps, verifiers))
            findings.take(verify_is_published(notes, _settled(rows, using, now)))
        for found in readers.findings():
            findings.take(found)
    findings.take(_placeless(using, datetime.min.replace(tzinfo=UTC) + LONGEST_WAIT if may_wait_long else now))
    return Verification(size, len(rows), time.monotonic() - started, findings)


class _Readers:
    """The processes that read entries: this one, once it has read the tree, and the others all the while."""

    def __init__(self, using: str, size: int, processes: int) -> None:
        self._ranges = [(using, start, min(start + _RANGE, size)) for start in range(0, size, _RANGE)]
        self._pool: ProcessPoolExecutor | None = None
        if processes > 1 and len(self._ranges) > 1:
            # Spawned, not forked: a child must not share this process's database connection.
            self._pool = ProcessPoolExecutor(processes - 1, mp_context=get_context("spawn"), initializer=django.setup)
        self._asked: list[Future[Findings]] = []

    def __enter__(self) -> Self:
        if self._pool is not None:
            self._asked = [self._pool.submit(verify_entries, *each) for each in self._ranges]
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def findings(self) -> list[Findings]:
        """What they found, in the order of the log."""
        if self._pool is None:
            return [verify_entries(*each) for each in self._ranges]
        # From the end, because the others come from the beginning; what can be taken back was not begun.
        own = {
            place: verify_entries(*self._ranges[place])
            for place in reversed(range(len(self._ranges)))
            if self._asked[place].cancel()
        }
        return [own[place] if place in own else asked.result() for place, asked in enumerate(self._asked)]


def _settled(rows: list[Row], using: str, now: datetime) -> list[Row]:
    """Without the checkpoints that were made just now: they are published after they are committed."""
    old = AuditCheckpoint.objects.using(using).filter(at__lt=now - _PUBLISHED_WITHIN)
    last = old.aggregate(last=Max("pk"))["last"] or 0
    return [row for row in rows if row.number <= last]


def _placeless(using: str, now: datetime) -> Findings:
    """Entries that are not in the tree: those nobody queued, and those that wait too long."""
    findings = Findings()
    placeless = AuditEntry.objects.using(using).filter(leaf=None)
    for entries, problem in (
        (placeless.filter(waiting=None), "has no place in the tree and waits for none"),
        (
            placeless.filter(waiting__isnull=False, at__lt=now - LONGEST_WAIT),
            "waits too long for its place in the tree",
        ),
    ):
        found = entries.aggregate(count=Count("pk"), first=Min("pk"))
        if found["count"]:
            findings.add(f"Entry {found['first']}: it {problem} ({found['count']} such entries).")
    return findings
