"""No fault: every client gets the whole answer, and a stream piece by piece."""

from cells import Row

ROWS = [
    Row("none", None, "whole", contacted=True),
    Row("none-json", None, "whole", path="json", contacted=True),
    Row("none-stream", None, "late", path="events/9/100", contacted=True),
    Row("none-spliced", None, "whole", own=True, contacted=True),
]
