"""Fake providers: one file = one provider, with the real one's paths, JSON and headers.

Each ``create`` returns a WSGI application whose whole state is its own, so two of them share nothing.
"""
