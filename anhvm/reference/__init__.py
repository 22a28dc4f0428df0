"""The reference interpreter: plain Python, obviously right, what a program means."""

from anhvm.reference.engine import ReferenceEngine, ReferenceRun

__all__ = ["ReferenceEngine", "ReferenceRun"]
