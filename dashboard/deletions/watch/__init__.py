"""After Fingerprint accepted: asking whether it is done, what that proves, and forgetting the visitor here."""
