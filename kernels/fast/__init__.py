"""The fast tier: kernels that may reorder, for @nondet functions alone; exact code stays out."""
