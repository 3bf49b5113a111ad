"""The demo: a small shop and the providers that it depends on, all on loopback."""
