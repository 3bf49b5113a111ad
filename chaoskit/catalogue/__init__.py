"""Providers, their edges and their outages as data, and the values that they are read into."""
