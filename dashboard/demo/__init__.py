"""The demo: Inkpad, a sandbox and everything they need, started by one command."""
