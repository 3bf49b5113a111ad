"""One file = one kind of objective; judged from raw samples and calls."""
