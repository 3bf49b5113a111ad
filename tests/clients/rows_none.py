"""No fault: every client gets the whole answer, and a stream piece by piece."""

from cells import Row

ROWS = [
    Row(name="none", fault=None, expect="whole", contacted=True),
    Row(name="none-json", fault=None, expect="whole", path="json", contacted=True),
    Row(name="none-stream", fault=None, expect="late", path="events/9/100", contacted=True),
    Row(name="none-spliced", fault=None, expect="whole", own=True, contacted=True),
]
