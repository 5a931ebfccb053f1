"""The demo's folder: its data, its secrets, its lock."""

import fcntl
import json
import secrets
import shutil
from pathlib import Path
from typing import IO, NamedTuple

from dashboard.audit.notes import Signer
from dashboard.demo.processes import DemoFailed


class DemoSecrets(NamedTuple):
    """What the demo keeps to itself, made once."""

    secret_key: str
    audit_lookup_keys: str
    audit_signing_key: str

    @classmethod
    def made(cls) -> "DemoSecrets":
        """Secrets that nobody had before."""
        signing_key = Signer.new("inkpad-demo/audit").text
        return cls(secrets.token_urlsafe(64), f"1:{secrets.token_hex(32)}", signing_key)


class DemoFolder:
    """A folder with one running demo at most."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self.database = self.path / "inkpad.sqlite3"
        self.sandbox_state = self.path / "sandbox.json"
        self.static = self.path / "static"
        self.logs = self.path / "logs"
        self.valkey = self.path / "valkey"
        self.beat = self.path / "beat"
        self.checkpoints = self.path / "checkpoints.jsonl"
        self._secrets = self.path / "secrets.json"
        self._lock: IO[str] | None = None

    def take(self) -> int:
        """Make the folder, readable by its owner only, and lock it; the lock's file descriptor.

        DemoFailed when it cannot be used or another demo has it.
        """
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock = (self.path / "lock").open("w")
        except OSError as error:
            raise DemoFailed(f"The folder {self.path} cannot be used: {error.strerror}.") from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise DemoFailed(
                f"A demo is already running in {self.path}. Stop it first, or choose another folder and port: "
                "make demo DEMO_DIR=.demo2 PORT=8001"
            ) from error
        return self._lock.fileno()

    def reset(self) -> None:
        """Forget everything; only what the demo made itself is removed."""
        for path in (self.static, self.logs, self.valkey):
            shutil.rmtree(path, ignore_errors=True)
        for path in (self.database, self.sandbox_state, self.beat, self.checkpoints, self._secrets):
            for file in self.path.glob(f"{path.name}*"):
                file.unlink()

    def prepare(self) -> DemoSecrets:
        """Make what is missing inside and give the secrets, each made at the first start that needs it."""
        for path in (self.logs, self.valkey, self.static):
            path.mkdir(mode=0o700, exist_ok=True)
        self._secrets.touch(mode=0o600)
        kept = json.loads(self._secrets.read_text() or "{}")
        complete = {**DemoSecrets.made()._asdict(), **kept}
        if complete != kept:
            self._secrets.write_text(json.dumps(complete))
        return DemoSecrets(**complete)
