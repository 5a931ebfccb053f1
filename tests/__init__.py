"""Inkpad's tests; `make test` runs them all."""
