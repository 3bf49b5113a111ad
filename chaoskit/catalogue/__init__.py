"""Providers and outages as data, and the small code that reads them."""
