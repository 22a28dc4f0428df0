"""The C core: decodes, verifies and runs programs, and owns threads and the floating-point mode."""
