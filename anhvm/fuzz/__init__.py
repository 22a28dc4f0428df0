"""Attacks on the machine: generated programs compared across engines, and broken containers."""
