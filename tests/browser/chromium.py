"""Finds a browser for the tests, or installs one where it may."""

import os
import shutil
import subprocess
from pathlib import Path

NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
    "microsoft-edge-stable",
)
MAC_APPLICATIONS = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
)
CACHES = (Path.home() / ".cache/ms-playwright", Path.home() / "Library/Caches/ms-playwright")
MISSING = (
    "The browser tests need Chromium, Chrome or Edge and found none: set BROWSER_PATH to one, or install it "
    "(on Debian and Ubuntu: apt-get install chromium fonts-inter)."
)
# Chromium must not look for updates, hosts of its maker or a GPU; as root it runs only without its own sandbox.
ARGUMENTS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    *(["--no-sandbox"] if os.geteuid() == 0 else []),
]


class NoBrowser(Exception):
    """There is no browser to test with; the text says what to do."""


def path() -> str:
    """The browser: BROWSER_PATH, one that is installed, Playwright's own, or one installed now; else NoBrowser."""
    if wished := os.environ.get("BROWSER_PATH"):
        if not os.access(wished, os.X_OK):
            raise NoBrowser(f"BROWSER_PATH names {wished}, which cannot be run.")
        return wished
    found = _installed()
    if found is None and os.geteuid() == 0 and shutil.which("apt-get"):
        _install()
        found = _installed()
    if found is None:
        raise NoBrowser(MISSING)
    return found


def _installed() -> str | None:
    for name in NAMES:
        if on_path := shutil.which(name):
            return on_path
    for application in MAC_APPLICATIONS:
        if os.access(application, os.X_OK):
            return application
    for cache in CACHES:
        for pattern in ("chromium-*/chrome-linux*/chrome", "chromium-*/chrome-mac*/*.app/Contents/MacOS/*"):
            if in_cache := sorted(cache.glob(pattern)):
                return str(in_cache[-1])
    return None


def _install() -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    packages = ["apt-get", "install", "-y", "-q", "--no-install-recommends", "chromium", "fonts-inter"]
    for command in (["apt-get", "update", "-q"], packages):
        subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=False)
