"""Gas constants, one versioned file for each schedule."""
