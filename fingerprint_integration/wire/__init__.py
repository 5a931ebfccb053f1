"""Pure translations between the vocabulary of `domain` and the JSON of each API version."""
