"""The only code that waits: turns events into commands and supervises the processes."""
