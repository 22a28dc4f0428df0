"""The exact CPU backend: Numba kernels, bit for bit those of `definitions`."""
