"""A Fingerprint to play with: a local, stateful Server API of versions 3 and 4.

It stands beside the client and shares no code with it.
"""

from .app import Received, Sandbox
from .rules import Rules

__all__ = ["Received", "Rules", "Sandbox"]
