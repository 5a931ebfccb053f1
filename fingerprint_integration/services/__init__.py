"""What the dashboard may ask (`reads`) and change (`writes`) at Fingerprint, in domain words."""
