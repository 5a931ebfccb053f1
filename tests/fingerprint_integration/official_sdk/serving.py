"""A sandbox behind a real socket, in this process, so that a test can move its clock and order its faults."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from fingerprint_integration.sandbox import Sandbox
from fingerprint_integration.sandbox.server import Server


@contextmanager
def served(sandbox: Sandbox) -> Iterator[str]:
    """The address at which a sandbox answers while the block lasts."""
    server = Server(("127.0.0.1", 0), sandbox)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
