"""Fingerprint's own example bodies, where they lie beside the project; tests run over what is there."""

import os
from pathlib import Path

_HERE = Path(__file__).resolve().parents[2]
EXAMPLES = Path(os.environ.get("INKPAD_API_EXAMPLES") or _HERE.parent / "shared" / "api")


def bodies(version: str, *names: str) -> list[Path]:
    """List the example files of a version whose name begins with one of the given words."""
    found = sorted((EXAMPLES / version / "examples").rglob("*.json"))
    return [path for path in found if path.name.startswith(names)]
