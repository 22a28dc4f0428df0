"""What the machine asks of a device: `csrc/device.c` says when."""

from __future__ import annotations

from typing import Protocol


class Device(Protocol):
    """Where kernels keep tensors from call to call."""

    @property
    def bring(self) -> int:
        """The address of a function that writes a copy into memory here; valid for ever."""
        ...

    @property
    def forget(self) -> int:
        """The address of a function that lets go of a copy; valid for ever, and called late."""
        ...

    def fault(self) -> BaseException:
        """Why a call of this thread failed."""
        ...
