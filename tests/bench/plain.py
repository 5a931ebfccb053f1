"""Our client and the sandbox's key, without the official SDKs: they weigh on a process that only imports them."""

from fingerprint_integration.client import FingerprintClient

KEY = "sandbox-secret-key"


def client(version: str, url: str) -> FingerprintClient:
    """Our client at an address."""
    return FingerprintClient(KEY, version=version, base_url=url)
