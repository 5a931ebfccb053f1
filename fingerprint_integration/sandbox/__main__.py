"""The command line: `python -m fingerprint_integration.sandbox --port 8100 --seed 7`."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from collections.abc import Sequence
from types import FrameType

from .app import REGIONS, VISITS_MODES, Sandbox
from .server import Server


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m fingerprint_integration.sandbox",
        description="A local, stateful Fingerprint Server API: v3 at / and v4 below /v4.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: loopback only)")
    parser.add_argument("--port", type=int, default=8100)
    parser.add_argument("--seed", type=int, default=7, help="decides who the cast is")
    parser.add_argument("--state", metavar="FILE", help="keep the past, marks and deletions in this file")
    parser.add_argument(
        "--load", metavar="FILE", nargs="+", action="extend", default=[], help="real v3 or v4 bodies to add"
    )
    parser.add_argument("--visits", choices=VISITS_MODES, default="single", help="how visitor history behaves")
    parser.add_argument("--region", choices=REGIONS, default="us", help="the region to play")
    parser.add_argument("--rate", type=float, default=5, help="requests a second for each key; 0 is no limit")
    parser.add_argument("--burst", type=float, default=15, help="depth of each key's bucket")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until told to stop. Returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        sandbox = Sandbox(
            options.seed,
            state=options.state,
            load=options.load,
            visits=options.visits,
            region=options.region,
            rate=options.rate or None,
            burst=options.burst,
        )
    except (OSError, ValueError) as error:
        return _fail(str(error))
    try:
        server = Server((options.host, options.port), sandbox)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or error
        return _fail(f"cannot listen on {options.host}:{options.port}: {reason}")

    def stop(_signal: int, _frame: FrameType | None) -> None:
        threading.Thread(target=server.shutdown, daemon=True).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    host = f"[{options.host}]" if ":" in options.host else options.host
    address = f"http://{host}:{server.server_address[1]}"
    sys.stdout.write(f"Fingerprint sandbox is ready at {address} (v3) and {address}/v4 (v4)\n")
    sys.stdout.flush()
    server.serve_forever(poll_interval=0.1)
    server.server_close()
    return 0


def _fail(sentence: str) -> int:
    sys.stderr.write(f"The sandbox cannot start: {sentence}\n")
    return 2


if __name__ == "__main__":
    sys.exit(main())
