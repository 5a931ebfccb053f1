"""From the approval to the answer of Fingerprint: what is due, what the quota lets through, the call, what it means."""
