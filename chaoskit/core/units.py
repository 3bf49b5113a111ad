"""Units as types: a plain number to the code, a unit to the decoder and to the schema."""

from typing import Annotated

from chaoskit.core.curve import Curve
from chaoskit.core.frozen import frozen


@frozen
class Unit:
    """How a number is written in YAML, for example ``250ms``."""

    name: str
    example: str


DURATION = Unit("duration", "250ms")
SHARE = Unit("share", "30%")
POINTS = Unit("points", "-0.5pp")
RATE = Unit("rate", "50/s")
SIZE = Unit("size", "64kB")
BANDWIDTH = Unit("bandwidth", "10kB/s")
FACTOR = Unit("factor", "3x")
COUNT = Unit("count", "3")

Seconds = Annotated[float, DURATION]
Share = Annotated[float, SHARE]  # 0 to 1
Points = Annotated[float, POINTS]  # percentage points, as a signed share: -0.5pp is -0.005
PerSecond = Annotated[float, RATE]
PerSecondCurve = Annotated[Curve, RATE]  # ``0/s -> 50/s over 60s``
Bytes = Annotated[int, SIZE]
BytesPerSecond = Annotated[float, BANDWIDTH]
Factor = Annotated[float, FACTOR]
Count = Annotated[int, COUNT]  # a whole number of at least 1
