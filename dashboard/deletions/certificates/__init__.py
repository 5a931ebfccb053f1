"""Proof for outside: certificates of what was done, and the question whether a visitor was erased."""
