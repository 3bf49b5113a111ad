"""How much memory a worker takes for 300 MB bodies in the mitm lane, by its own peak (VmHWM, Linux only).

``python bench/bench_memory.py``; curl is the client. The peak is of all that the process holds, idle or not.
"""

import contextlib
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from servers import HOST, quiet
from target import Target
from watched import PLAIN, Provider, Watched, experiment

SIZE = 300_000_000
LIMIT = 100.0
MIB = 1024 * 1024
WAYS = {
    "HTTP/1.1": (f"http://{PLAIN}", ()),
    "HTTP/1.1, TLS": (f"https://{HOST}", ("--http1.1",)),
    "HTTP/2": (f"https://{HOST}", ("--http2",)),
}


def transfer(worker: Watched, way: str, direction: str, file: Path) -> None:
    """Move one body ``up`` (``file``) or ``down``. Raises CalledProcessError."""
    url, options = WAYS[way]
    size = file.stat().st_size
    command = [
        "curl",
        "-sSfk",
        "-m",
        "120",
        "--noproxy",
        "",
        "-x",
        f"http://127.0.0.1:{worker.port}",
        *options,
    ]
    if direction == "down":
        command += ["-o", "/dev/null", f"{url}/bytes/{size}"]
    else:
        command += ["-H", "Expect:", "-T", str(file), f"{url}/swallow"]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    if direction == "up" and f'"got": {size:12d}' not in said:
        raise RuntimeError(f"{way}: expected an upload of {size} bytes, the provider says {said}")


def measure(rounds: int) -> list[Target]:
    """Return the peaks of each way and direction, in MiB."""
    if shutil.which("curl") is None or not Path("/proc/self/clear_refs").exists():
        return [
            Target(what="300 MB body", limit=LIMIT, unit="MiB", values=(), why="it needs curl, and Linux")
        ]
    peaks: dict[tuple[str, str], list[float]] = {(way, to): [] for way in WAYS for to in ("up", "down")}
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="chaoskit-bench-")))
        file = folder / "body"
        with file.open("wb") as sparse:
            sparse.truncate(SIZE)
        provider = Provider(stack, folder)
        injections = [quiet("secure"), quiet("plain")]
        worker = Watched(stack, folder, experiment(provider, injections))
        worker.arm(time.monotonic())
        idle = worker.peak() / MIB
        for _ in range(rounds):
            for (way, direction), values in peaks.items():
                worker.forget_peak()
                transfer(worker, way, direction, file)
                values.append(worker.peak() / MIB)
    return [
        Target(
            what=f"300 MB body {direction}, {way} (idle: {idle:.0f} MiB)",
            limit=LIMIT,
            unit="MiB",
            values=values,
            digits=0,
        )
        for (way, direction), values in peaks.items()
    ]


if __name__ == "__main__":
    for target in measure(int(sys.argv[1]) if len(sys.argv) > 1 else 3):
        print(*target.row(), sep="\t")
