"""The process in a container's network namespace: puts nft tables and queues there, and takes them away.

It runs in a helper container that shares the namespace, and takes JSON lines on standard input. When that
ends, or nothing comes for the lease's time, everything that it put is removed. When it is killed itself, the
kernel forgets the elements of the sets ``alive`` after the lease, without which no rule catches anything.
Its text is passed to ``python3 -c`` (so that it is this version's, whatever the image holds): it imports the
standard library only, and what the image needs is python3, nft, ip and tc.
"""

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import time

HANDLE = "c4a0:"
"""The handle of our queues: only these are ever removed."""

# TCP, UDP, ICMP, ICMPv6, IGMP, SCTP, DCCP, UDP-Lite, GRE, ESP, AH
PROTOCOLS = (6, 17, 1, 58, 2, 132, 33, 136, 47, 50, 51)


def install(table: str, chains: str, lease: float) -> str:
    """Return what makes a table, in place of one of the same name."""
    return (
        f"{remove(table)}table inet {table} {{\n"
        f"set alive {{\n  type inet_proto\n  flags timeout\n  elements = {{ {elements(lease)} }}\n}}\n"
        f"counter hits {{\n}}\n{chains}}}\n"
    )


def renew(tables: list[str], lease: float) -> str:
    """Return what lets the tables live for another lease; one transaction, so there is no gap."""
    return "".join(
        f"flush set inet {each} alive\nadd element inet {each} alive {{ {elements(lease)} }}\n"
        for each in tables
    )


def remove(table: str) -> str:
    """Return what takes a table away, also one that is not there."""
    return f"table inet {table}\ndelete table inet {table}\n"


def elements(lease: float) -> str:
    """Return the elements of a set ``alive``."""
    return ", ".join(f"{each} timeout {round(lease * 1000)}ms" for each in PROTOCOLS)


class Agent:
    """What was put, and how to take it away."""

    def __init__(self, lease: float) -> None:
        self.lease = lease
        self.tables: list[str] = []
        self.has_queue = False

    def obey(self, said: dict) -> dict:
        """Do one thing; return what came of it. RuntimeError (a sentence) where it cannot be done."""
        what = said.get("do")
        if what == "rules":
            nft(install(said["table"], said["chains"], self.lease))
            self.tables.append(said["table"])
            return {}
        if what == "norules":
            hits = packets(said["table"])
            nft(remove(said["table"]))
            self.tables = [each for each in self.tables if each != said["table"]]
            return {"packets": hits}
        if what == "hits":
            return {"packets": packets(said["table"])}
        if what == "queue":
            return {"queues": self.queue(said["words"])}
        if what == "probe":  # only in a namespace that is nobody's
            run(["tc", "qdisc", "replace", "dev", "lo", "root", *said["words"]])
            return {}
        if what == "noqueue":
            for each in interfaces():
                if root(each).split()[2:3] == [HANDLE]:
                    run(["tc", "qdisc", "del", "dev", each, "root"])
            self.has_queue = False
            return {}
        return {}

    def queue(self, words: list) -> list:
        """Give each interface the queue; all of them or none."""
        names = interfaces()
        if not names:
            raise RuntimeError("it has no network interface")
        for each in names:
            if root(each).split()[2:3] not in ([], ["0:"], [HANDLE]):
                raise RuntimeError(f"{each} has a queue of its own: {root(each)}")
        self.has_queue = True
        try:
            for each in names:
                run(["tc", "qdisc", "replace", "dev", each, "root", "handle", HANDLE, *words])
        except RuntimeError:
            self.obey({"do": "noqueue"})
            raise
        return [root(each) for each in names]

    def beat(self) -> None:
        """Let what was put live for another lease."""
        if self.tables:
            nft(renew(self.tables, self.lease))

    def clear(self) -> None:
        """Take everything away that was put; one that will not go does not keep the others."""
        orders = [{"do": "norules", "table": each} for each in self.tables]
        orders += [{"do": "noqueue"}] if self.has_queue else []
        for each in orders:
            try:
                self.obey(each)
            except RuntimeError as problem:
                print(problem, file=sys.stderr)  # noqa: T201 - the keeper reads it


def interfaces() -> list:
    """Return the names of the network interfaces, loopback apart."""
    links = json.loads(run(["ip", "-json", "link", "show", "up"]) or "[]")
    return [each["ifname"] for each in links if "LOOPBACK" not in each.get("flags", ())]


def root(interface: str) -> str:
    """Return the line of an interface's root queue, as tc says it."""
    lines = run(["tc", "qdisc", "show", "dev", interface]).splitlines()
    return next((each.strip() for each in lines if " root " in each), "")


def packets(table: str) -> int:
    """Return how many packets a table's rules have caught; 0 if it is not there."""
    try:
        listed = json.loads(run(["nft", "-j", "list", "counter", "inet", table, "hits"]))
    except RuntimeError:
        return 0
    return sum(each["counter"]["packets"] for each in listed["nftables"] if "counter" in each)


def nft(text: str) -> None:
    """Let nft carry the text out, all of it or nothing."""
    run(["nft", "-f", "-"], text)


def run(command: list, text: str = "") -> str:
    """Run a command; return what it printed. RuntimeError with its first complaint."""
    try:
        done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired) as problem:
        raise RuntimeError(f"cannot run {command[0]}: {problem}") from problem
    if done.returncode:
        said = (done.stderr.strip() or f"{command[0]} ended with status {done.returncode}").splitlines()
        first = said[0].removeprefix("Error: ").strip()
        if "qdisc kind is unknown" in first:
            kind = next(each for each in command if each in ("netem", "tbf"))
            first = f"this kernel has no {kind} (tc: {first.rstrip('.')})"
        raise RuntimeError(first)
    return done.stdout


def serve(agent: Agent, source: int, sink: int) -> None:
    """Obey lines until they end, or until none has come for the lease's time."""

    def say(line: dict) -> None:
        with contextlib.suppress(OSError):  # whoever asked is gone; the end of the input says so too
            os.write(sink, json.dumps(line).encode() + b"\n")

    say({"ready": True})
    heard = renewed = time.monotonic()
    rest = b""
    while time.monotonic() - heard < agent.lease:
        if select.select([source], [], [], 0.25)[0]:
            more = os.read(source, 65536)
            if not more:
                return
            heard = time.monotonic()
            *lines, rest = (rest + more).split(b"\n")
            for each in lines:
                said = json.loads(each)
                try:
                    answer = agent.obey(said)
                except RuntimeError as problem:
                    answer = {"error": str(problem)}
                if "id" in said:
                    say({"id": said["id"], **answer})
        if time.monotonic() - renewed >= min(1.0, agent.lease / 3):
            renewed = time.monotonic()
            try:
                agent.beat()
            except RuntimeError as problem:
                say({"trouble": str(problem)})


def main(arguments: list) -> int:
    """Serve standard input; ``arguments``: the lease in seconds."""
    agent = Agent(float(arguments[0]))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # the first process of a container has no default
    try:
        serve(agent, 0, 1)
    finally:
        agent.clear()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
