"""The exact CUDA tier: the table of kernels, written for numba-cuda."""
