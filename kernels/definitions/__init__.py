"""Slow, obviously right definitions: what every exact kernel must equal bit for bit."""
