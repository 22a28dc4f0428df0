"""Standard contracts with their tests, written in the contract language."""
