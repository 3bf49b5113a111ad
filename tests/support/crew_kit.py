"""Several workers on one port, as a run starts them: the controller's side is the real one."""

import queue
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import requests

from chaoskit import spec
from chaoskit.core.machine import Armed, Event, Failed, Up
from chaoskit.run.child import Ended, Line, Queue
from chaoskit.run.folder import Folder
from chaoskit.run.proxies import Proxies
from chaoskit.run.setup import Setup
from tls_origin import HOST


class Several:
    """The workers of one run, and its clients. Whoever uses it stops it."""

    def __init__(self, folder: Path, text: str, count: int) -> None:
        run = folder / f"run-{len(list(folder.glob('run-*')))}"
        run.mkdir()
        setup = Setup(
            experiment=spec.load(str(folder / "t.yaml"), text),
            path=folder / "t.yaml",
            text=text,
            changes=(),
            folder=Folder(run),
            ca=folder / "ca",
            workers=count,
        )
        self.folder = run
        self.mailbox: Queue = queue.SimpleQueue()
        self.proxies = Proxies(setup, self.mailbox)
        self.heard: list[Line | Ended] = []
        self.left: Queue = queue.SimpleQueue()
        self.proxies.start()

    def events(self) -> Iterator[Event]:
        """Hear one message; yield what it means for the run."""
        message = self.mailbox.get(timeout=30)
        assert isinstance(message, Line | Ended)
        self.heard.append(message)
        yield from self.proxies.hear(message)

    def until(self, test: Callable[[], bool]) -> None:
        """Hear the workers until ``test`` holds."""
        while not test():
            for each in self.events():
                assert not isinstance(each, Failed), each

    def event(self, kind: type[Event]) -> Event:
        """Hear the workers until such an event comes; return it."""
        while True:
            for each in self.events():
                if isinstance(each, kind):
                    return each
                assert not isinstance(each, Failed), each

    def up(self) -> "Several":
        self.event(Up)
        return self

    def arm(self) -> "Several":
        """Arm all. Faults are due at once, so none could be in time, which a run would take for a failure."""
        self.proxies.arm(time.monotonic())
        while not any(isinstance(each, Armed) for each in self.events()):
            pass
        return self

    def call(self, count: int, at_once: int = 6) -> Counter[int]:
        """Make that many calls, each on a connection of its own; return how often each status came."""
        url, proxies = f"http://{HOST}/status/200", {"http": f"http://{self.proxies.listen}"}

        def one(_: int) -> int:
            return requests.get(url, proxies=proxies, timeout=30, headers={"connection": "close"}).status_code

        with ThreadPoolExecutor(at_once) as pool:
            return Counter(pool.map(one, range(count)))

    def seen(self) -> Mapping[str, int]:
        """Return how many calls each worker has told of so far."""
        told = {each.name: each.said for each in self.heard if isinstance(each, Line) and "seen" in each.said}
        return {name: totals["seen"].get("pay", 0) for name, totals in told.items()}

    def processes(self) -> list[psutil.Process]:
        """Return the first worker's process, then those that it forked, in the order of their numbers."""
        log = self.proxies.processes[-1].log.resolve()
        mine = psutil.Process().children()
        first = next(each for each in mine if Path(f"/proc/{each.pid}/fd/2").resolve() == log)
        return [first, *sorted(first.children(), key=lambda each: each.pid)]

    def stop(self) -> None:
        """End all; what they say last is heard, and is in ``left`` once more."""
        self.proxies.stop()
        while not self.mailbox.empty():
            list(self.events())
            self.left.put(self.heard[-1])
