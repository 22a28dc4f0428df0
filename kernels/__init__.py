"""Kernels: one table of tensor operations, their exact definitions and their backends."""
