"""Work beside the controller's loop: if it breaks, the run ends with a sentence."""

import threading
from collections.abc import Callable

from chaoskit.run.child import Broke, Mailbox, explain


def aside(name: str, work: Callable[[], object], mailbox: Mailbox) -> None:
    """Do ``work``, whose return is the message that it comes to, in a thread of its own.

    Whatever it raises becomes ``Broke``: somebody waits for its message, and would wait for ever.
    """

    def do() -> None:
        try:
            message = work()
        except Exception as error:  # noqa: BLE001 - nobody else would hear of it
            message = Broke(name, explain(error))
        mailbox.put(message)

    threading.Thread(target=do, name=name, daemon=True).start()
