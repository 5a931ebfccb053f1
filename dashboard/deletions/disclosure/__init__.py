"""Access requests: telling somebody what is held about a visitor."""
