"""Whether gas tells the truth: every opcode and kernel timed, and prices fitted to the times."""
