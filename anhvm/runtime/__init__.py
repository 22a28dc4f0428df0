"""The composition root: programs, kernels and engines joined, with values as users write them."""
