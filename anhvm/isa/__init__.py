"""The instruction set: one typed table from which everything else is generated or read."""
