"""Pure: no clock, no randomness, no I/O, no third party."""
