"""Ends the demo's processes when the demo itself was killed and could not.

Run as a script, standard library only. The demo writes one line for each process group it starts ("+123") or has seen
end ("-123") to our standard input. When that input ends, whoever is left is asked to stop, then made to; the private
folder named on the command line goes last.
"""

import os
import shutil
import signal
import sys
import time

PATIENCE = 5.0
"""Seconds between asking and making."""


def main() -> None:
    """Wait for the demo's end, then clean up."""
    # One Ctrl-C or a closed terminal is the demo's business, not ours.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    groups: set[int] = set()
    for line in sys.stdin:
        group = int(line[1:])
        if line.startswith("+"):
            groups.add(group)
        else:
            groups.discard(group)
    groups = {group for group in groups if tell(group, signal.SIGTERM)}
    deadline = time.monotonic() + PATIENCE
    while groups and time.monotonic() < deadline:
        time.sleep(0.1)
        groups = {group for group in groups if tell(group, 0)}
    for group in groups:
        tell(group, signal.SIGKILL)
    for folder in sys.argv[1:]:
        shutil.rmtree(folder, ignore_errors=True)


def tell(group: int, number: int) -> bool:
    """Send a signal (0: none) to a process group; False when there is nobody left in it."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


if __name__ == "__main__":
    main()
