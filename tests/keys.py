"""Keys that guard nothing: those of tests."""

AUDIT_SIGNING_KEY = "PRIVATE+KEY+desk.test/audit+4ac79a95+AQABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f"
"""Signs the audit logs of tests; its bytes are 0 to 31."""
