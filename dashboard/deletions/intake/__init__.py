"""Files of wishes: reading them line by line, and showing what was understood. Confirming is in `actions/intake.py`."""
