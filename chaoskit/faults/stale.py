"""The provider answers with what was true before."""

from typing import ClassVar

from chaoskit.core.actions import Recall
from chaoskit.core.call import Call
from chaoskit.core.dice import Dice
from chaoskit.core.fault import Fault
from chaoskit.core.frozen import frozen


@frozen(kw_only=True)
class Stale(Fault):
    """The provider answers with its latest answer from before the fault, as a replica that fell behind does.

    It is not contacted. An earlier answer is one that it gave while this injection was off, with a status
    below 300, to the same method, host, path, query and credentials. Where there is none, the call is left
    alone. Each proxy worker remembers its own: the latest 1,000 answers of up to 1 MB, 32 MB in all.
    """

    recalls: ClassVar[bool] = True

    def on_call(self, call: Call, dice: Dice) -> Recall:
        return Recall()
