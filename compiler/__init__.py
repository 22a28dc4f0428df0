"""The compiler: contract language to verified bytecode."""
