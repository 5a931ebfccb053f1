"""Talk to Fingerprint's Server API, v3 or v4, in one vocabulary. Start with `FingerprintClient`; README.md is
the tour.
"""

from fingerprint_integration.client import FingerprintClient

__all__ = ["FingerprintClient"]
