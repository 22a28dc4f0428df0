"""The exact CUDA tier: the definitions and a few kernels, written for numba-cuda."""
