"""Which mitmproxy this was tested with: what reaches into it is left out with another."""

TESTED = ((12, 2), (12, 3))
"""The first and the last minor version of mitmproxy whose classes were read and tested."""


def is_tested(found: str) -> bool:
    """Tell whether a version of mitmproxy, such as ``12.2.3``, is known."""
    parts = found.split(".")[:2]
    return (
        len(parts) == 2
        and all(each.isdigit() for each in parts)
        and (TESTED[0] <= (int(parts[0]), int(parts[1])) <= TESTED[1])
    )
