"""How much was written into a file of the record, and a sum over it: to see later whether any of it was lost.

The process that writes a file counts as it writes, so its word does not come from the file. The sum is
CRC-32, which misses one loss in four thousand million, and takes half a second for a gigabyte. It
is no proof against somebody who changes the file and the sum together.
"""

import zlib
from collections.abc import Iterable, Mapping
from typing import Any

from chaoskit.core.frozen import frozen

REMEDY = "bring back the whole folder, or run again"


@frozen
class Written:
    """Bytes that were written, and their CRC-32."""

    size: int = 0
    crc: int = 0

    def plus(self, data: bytes | bytearray | memoryview) -> "Written":
        """Return the same with ``data`` behind it."""
        return Written(self.size + len(data), zlib.crc32(data, self.crc))

    def told(self) -> dict[str, Any]:
        """Return what a process says of it, and ``run.json`` keeps."""
        return {"bytes": self.size, "crc32": f"{self.crc:08x}"}


def closed(files: Mapping[str, Written]) -> dict[str, Any]:
    """Return the last line of a process: the files that it wrote, each with what it came to."""
    return {"closed": {name: each.told() for name, each in files.items()}}


def heard(told: object) -> Written | None:
    """Return what was told of a file; None if that is nothing that a process would say."""
    match told:
        case {"bytes": int(size), "crc32": str(crc)} if size >= 0 and not isinstance(size, bool):
            try:
                return Written(size, int(crc, 16))
            except ValueError:
                return None
        case _:
            return None


def differences(told: Mapping[str, Written], found: Mapping[str, Written]) -> Iterable[str]:
    """Yield a sentence for each file that is not as its process told, in the order of their names.

    ``told`` is by the processes, ``found`` what the folder holds.
    """
    for name in sorted({*told, *found}):
        then, now = told.get(name), found.get(name)
        if then is None:
            yield (
                f"{name} was not closed: no process told what it wrote there, so it may lack a part, or be "
                "another run's; run again"
            )
        elif now is None:
            yield f"{name} is missing, into which {then.size} bytes were written: {REMEDY}"
        elif now.size != then.size:
            yield f"{name} has {now.size} bytes, and {then.size} were written: {REMEDY}"
        elif now.crc != then.crc:
            yield f"{name} has other bytes than were written: {REMEDY}"
