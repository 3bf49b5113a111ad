"""The demo shop: a small web service that depends on ten providers, built to survive them or not.

It holds money now and captures it at shipping (``capture_method=manual``): when an answer is lost and the
order is paid elsewhere, the first hold is never captured and lapses, so no fallback can charge twice.
"""
