"""The state file: seed, anchor and every change, one JSON line each, on disk before the change is answered."""

from __future__ import annotations

import fcntl
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_FORMAT = 1
_BEGINNING = b'{"sandbox"'


class CannotKeepState(ValueError):
    """The state file cannot be used; the text says why in one sentence."""


@dataclass(slots=True)
class Past:
    """What the file remembers."""

    seed: int
    anchor: int
    changes: list[dict[str, Any]]


class Journal:
    """An append-only file. A torn last line, left by a crash, is forgotten; it was never answered."""

    def __init__(self, path: Path | str, *, seed: int, anchor: int) -> None:
        self._path = Path(path)
        self._file = -1
        try:
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise CannotKeepState(f"the state file {path} cannot be opened: {error.strerror}") from None
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self.close()
            raise CannotKeepState(f"the state file {path} is in use by another sandbox") from None
        try:
            self.past = self._read() or self._begin(seed, anchor)
        except CannotKeepState:
            self.close()
            raise

    def append(self, entry: dict[str, Any]) -> None:
        """Write one line and wait until the disk has it."""
        line = json.dumps(entry, ensure_ascii=True, separators=(",", ":")).encode() + b"\n"
        while line:
            line = line[os.write(self._file, line) :]
        os.fsync(self._file)

    def close(self) -> None:
        """Let go of the file."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    __del__ = close

    def _begin(self, seed: int, anchor: int) -> Past:
        self.append({"sandbox": _FORMAT, "seed": seed, "anchor": anchor})
        return Past(seed, anchor, [])

    def _read(self) -> Past | None:
        text = self._path.read_bytes()
        whole, newline, _torn = text.rpartition(b"\n")
        entries: list[dict[str, Any]] = []
        lines = whole.split(b"\n") if newline else []
        for number, line in enumerate(lines, start=1):
            try:
                entry = json.loads(line)
                if not isinstance(entry, dict):
                    raise ValueError
            except ValueError:
                if number == 1 or number < len(lines):
                    raise self._unreadable(number) from None
                newline, whole = b"\n", b"\n".join(lines[:-1])  # the last line is damaged: forget it
                break
            entries.append(entry)
        if not entries:
            if text.strip(b"\x00 \r\n") and not _BEGINNING.startswith(text[: len(_BEGINNING)]):
                raise self._unreadable(1)
            os.ftruncate(self._file, 0)
            return None
        head, *changes = entries
        if head.get("sandbox") != _FORMAT or not isinstance(head.get("seed"), int):
            raise self._unreadable(1)
        os.ftruncate(self._file, len(whole) + len(newline))
        return Past(head["seed"], head["anchor"], changes)

    def _unreadable(self, line: int) -> CannotKeepState:
        return CannotKeepState(f"{self._path} is not a readable state file of the sandbox (line {line})")
