"""The file outside the database to which every signed checkpoint goes: one JSON object a line, only ever appended to.

Whoever rewrites the database cannot take back what stands here. A line that was cut short by a crash stays where it
is, and the whole line follows it.
"""

import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

_TAIL = 1 << 16
"""So many bytes at the end of the file are looked at for the last line; a line has a few hundred."""


class CheckpointFileError(Exception):
    """The file cannot be read or written; the text says why, without naming what stands in it."""


def read(path: Path) -> list[str]:
    """The notes in the file, oldest first. CheckpointFileError when it cannot be read or holds something else."""
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise CheckpointFileError(f"The checkpoint file cannot be read: {error.strerror}.") from None
    notes = []
    for number, (line, following) in enumerate(zip(lines, [*lines[1:], b""], strict=True), 1):
        note = _note(line)
        if note is not None:
            notes.append(note)
        elif line and not (following.startswith(line) or number == len(lines)):
            raise CheckpointFileError(f"Line {number} of the checkpoint file holds no checkpoint.")
    return notes


def last_note(path: Path) -> str | None:
    """The newest whole note; None when there is no file, or none in it. CheckpointFileError when it cannot be read."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - _TAIL))
            tail = file.read()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise CheckpointFileError(f"The checkpoint file cannot be read: {error.strerror}.") from None
    return next((note for line in reversed(tail.split(b"\n")) if (note := _note(line)) is not None), None)


def append(path: Path, notes: Iterable[str]) -> None:
    """Appends the notes and waits until they are on the disk. CheckpointFileError when that cannot be done."""
    data = b"".join(_lines(notes))
    if not data:
        return
    try:
        with path.open("ab+") as file:
            if file.seek(0, os.SEEK_END):
                file.seek(-1, os.SEEK_END)
                if file.read(1) != b"\n":  # a line was cut short: what comes now begins on its own
                    data = b"\n" + data
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise CheckpointFileError(f"The checkpoint file cannot be written: {error.strerror}.") from None


def _lines(notes: Iterable[str]) -> Iterator[bytes]:
    for note in notes:
        yield json.dumps({"note": note}, ensure_ascii=False).encode() + b"\n"


def _note(line: bytes) -> str | None:
    try:
        note = json.loads(line)["note"]
    except (ValueError, LookupError, TypeError):
        return None
    return note if isinstance(note, str) else None
