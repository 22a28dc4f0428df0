"""Programs: the verified unit of bytecode, its container, and what engines promise."""
