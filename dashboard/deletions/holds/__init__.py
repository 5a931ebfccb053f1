"""Legal holds: what must be kept for now is not sent. Placing and lifting one is in `actions/holds.py`."""
