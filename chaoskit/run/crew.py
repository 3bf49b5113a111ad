"""What workers say that share one process's output, under the names of each."""

from chaoskit.core.frozen import frozen
from chaoskit.run.child import Ended, Line, Mailbox


@frozen
class Crew:
    """A mailbox for the process of several workers: what it passes on is put into ``mailbox`` as theirs."""

    mailbox: Mailbox

    def put(self, message: object, /) -> None:
        """Take a message of the first worker, or of one that it speaks for."""
        match message:
            case Line(_, {"from": int(number), "line": dict(said)}):
                self.mailbox.put(Line(worker_name(number), said))
            case Line(_, {"from": int(number), "ended": int(status)}):
                self.mailbox.put(Ended(worker_name(number), status))
            case _:
                self.mailbox.put(message)


def worker_name(number: int) -> str:
    """Return what a worker is called."""
    return f"proxy-{number}"
