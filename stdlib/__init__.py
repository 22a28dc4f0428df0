"""Library modules and standard contracts, written in the contract language."""
