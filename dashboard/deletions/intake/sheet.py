"""What the pages about files of wishes show."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Q

from dashboard.accounts.models import User
from dashboard.deletions import laws
from dashboard.deletions.intake import reading
from dashboard.deletions.models import DeletionRequest, Intake, IntakeLine

PAGE_SIZE = 100
_MOST_FILES = 30


@dataclass(frozen=True)
class FileSheet:
    """One file: its counts, a page of its lines with a fault, and the newest requests it became."""

    intake: Intake
    line_count: int
    fault_count: int
    request_count: int
    """Requests that its good lines make."""
    opened_count: int
    """Requests that were opened so far."""
    faults: Sequence[IntakeLine]
    page: int
    has_more: bool
    requests: Sequence[DeletionRequest]


def files_of(user: User) -> Sequence[Intake]:
    """Somebody's own files, the newest first, with `line_count` and `fault_count`."""
    mine = Intake.objects.filter(taken_by=user).annotate(
        line_count=Count("lines"), fault_count=Count("lines", filter=~Q(lines__fault_bytes=b""))
    )
    return list(mine.order_by("-pk")[:_MOST_FILES])


def sheet_of(taken: Intake, *, page: int) -> FileSheet:
    """Costs six queries, however long the file is."""
    lines = taken.lines.order_by("number")
    faults = lines.exclude(fault_bytes=b"")
    first = (page - 1) * PAGE_SIZE
    shown = list(faults[first : first + PAGE_SIZE + 1])
    return FileSheet(
        intake=taken,
        line_count=lines.count(),
        fault_count=faults.count(),
        request_count=lines.exclude(group="").order_by().values("group").distinct().count(),
        opened_count=taken.requests.count(),
        faults=shown[:PAGE_SIZE],
        page=page,
        has_more=len(shown) > PAGE_SIZE,
        requests=list(taken.requests.order_by("-pk")[:10]),
    )


def fault_rows(taken: Intake) -> list[list[object]]:
    """Every line with a fault: its cells, its number in the file, its sentence."""
    lines = taken.lines.exclude(fault_bytes=b"").order_by("number")
    return [[*(line.values or [""] * len(reading.COLUMNS)), line.number, line.fault] for line in lines]


def column_choices() -> list[tuple[str, str]]:
    """Columns that take one of a few words, and these words."""
    return [
        ("law", ", ".join(code for code, _label in laws.choices())),
        ("source", ", ".join(DeletionRequest.Source.values)),
        ("identity", ", ".join(DeletionRequest.Identity.values)),
    ]
