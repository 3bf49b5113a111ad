"""Runs the matrix: one worker, one provider, every client at once, each row under its own path or host."""

import time
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import with_aiohttp
import with_curl
import with_httpx
import with_java
import with_node
import with_requests
from cells import LONG, SHORT, Row, Seen

CLIENTS = ("curl", "requests", "httpx", "httpx-h2", "aiohttp", "node", "fetch", "java", "java-h2")
TRIES = 3
"""On a busy machine a short timeout may end before an answer begins: it is asked again with a longer one."""

Table = dict[str, dict[str, Seen]]


def present() -> list[str]:
    """Return the clients that are here; curl and Node must be, a Java may be missing."""
    return [name for name in CLIENTS if with_java.IS_HERE or not name.startswith("java")]


def versions() -> str:
    java = f", Java {with_java.version()}" if with_java.IS_HERE else ""
    return (
        f"curl {with_curl.version()}, requests {with_requests.version()}, httpx {with_httpx.version()},"
        f" aiohttp {with_aiohttp.version()}, Node {with_node.version()}{java}"
    )


def experiment(kit, port: int, rows: list[Row]) -> dict:
    hosts = {row.name: row.host for row in rows if row.own} | {"api": "api.pay.example"}
    providers = "".join(
        f"  {name}: {{hosts: [{host}], resolve: '127.0.0.1:{port}'}}\n" for name, host in hosts.items()
    )
    inject = "".join(
        f"  - {{id: {row.name}, provider: {row.name if row.own else 'api'}, fault: {row.fault}, during: fault"
        + ("}\n" if row.own else f", match: {{path: /{row.name}/*}}}}\n")
        for row in rows
        if row.fault is not None
    )
    text = (
        "version: 1\nname: t\ntarget: {url: http://127.0.0.1:1}\n"
        f"providers:\n{providers}proxy: {{upstream_ca: provider-ca.pem}}\n"
        "load: {arrivals: 1/s, endpoints: [{name: e, request: GET /}]}\nphases: {fault: 600s}\n"
        f"inject:\n{inject}slos: [{{id: s, in: fault, availability: '>= 1%'}}]\n"
    )
    return kit.config(port, text=text)


@dataclass
class Matrix:
    """What the clients are given: the proxy's address, and files and a context that trust its CA."""

    kit: object
    proxy: object
    asked: Counter = field(default_factory=Counter)
    """How often each row and client was asked."""

    def __post_init__(self) -> None:
        # httpx writes the protocols that it offers into the context: one for each kind of client
        self.trust = {name: self.kit.trust(self.proxy) for name in ("httpx", "httpx-h2", "aiohttp")}
        own = str(self.kit.own_ca)  # a small file: some clients parse it for every call
        self.environment = self.kit.environment(self.proxy) | {"SMALL_CA": own, "CURL_CA_BUNDLE": own}
        if with_java.IS_HERE:
            own_ca = self.kit.folder / "ca" / "mitmproxy-ca-cert.pem"
            self.store = with_java.truststore(self.kit.folder, [own_ca, self.kit.provider_ca])

    def prepare(self, rows: list[Row]) -> None:
        """Call each provider that speaks HTTP/2 before any fault: so the proxy learns that it does."""
        for row in {row.host: row for row in rows}.values():
            seen = with_httpx.call(row, LONG, self.environment, self.trust["httpx-h2"], http2=True)
            assert seen.status == 200, (row, seen)

    def ask_before(self, rows: list[Row]) -> None:
        """Make each client's call of the rows that want it: an old answer is for those who asked before."""
        cells = [(client, row, LONG) for row in rows if row.asked_before for client in present()]
        for (client, row, _), seen in zip(cells, self.ask(cells), strict=True):
            assert seen.status == 200, (row, client, seen)

    def run(self, rows: list[Row], clients: list[str]) -> Table:
        """Return what each client saw of each row; ask those again whose timeout came before the answer."""
        table: Table = {row.name: {} for row in rows}
        cells = [(client, row, row.timeout(client)) for row in rows for client in clients]
        for _ in range(TRIES):
            # those that wait out a timeout first: they are what takes longest
            cells.sort(key=lambda cell: cell[2])
            self.asked.update((row.name, client) for client, row, _ in cells)
            for (client, row, _), seen in zip(cells, self.ask(cells), strict=True):
                table[row.name][client] = seen
            silent = [
                cell
                for cell in cells
                if cell[2] < LONG and table[cell[1].name][cell[0]].judged(cell[1].path) == "silence"
            ]
            missing = self.missing(silent)
            cells = [
                (client, row, timeout * 4)
                for client, row, timeout in silent
                if "silence" not in row.wanted(client) or (client, row) in missing
            ]
            if not cells:
                break
        return table

    def missing(self, cells: list[tuple[str, Row, float]]) -> list[tuple[str, Row]]:
        """Return the cells of a call that the proxy has not seen: their silence was not the fault's."""
        for _ in range(5):
            record = "".join(each.read_text() for each in self.proxy.folder.glob("calls-*.jsonl"))
            left = [(c, row) for c, row, _ in cells if not row.own and f"/{row.name}/{c}/" not in record]
            if not left:
                break
            time.sleep(0.3)  # it is written four times a second
        return left

    def ask(self, cells: list[tuple[str, Row, float]]) -> list[Seen]:
        together = {
            "aiohttp": lambda mine: with_aiohttp.calls(
                [cell[1:] for cell in mine], self.environment, self.trust["aiohttp"]
            ),
            "node": lambda mine: with_node.calls(mine, self.environment),
            "java": lambda mine: with_java.calls(mine, self.environment, self.store),
        }
        one = {
            "curl": lambda row, timeout: with_curl.call(row, timeout, self.environment),
            "requests": lambda row, timeout: with_requests.call(row, timeout, self.environment),
            "httpx": lambda row, timeout: with_httpx.call(
                row, timeout, self.environment, self.trust["httpx"]
            ),
            "httpx-h2": lambda row, timeout: with_httpx.call(
                row, timeout, self.environment, self.trust["httpx-h2"], http2=True
            ),
        }
        families = {"fetch": "node", "java-h2": "java"}
        asked: list[Future] = []
        with ThreadPoolExecutor(3) as apart, ThreadPoolExecutor(16) as pool:
            lots: dict[str, list] = {}
            for cell in cells:
                family = families.get(cell[0], cell[0])
                if family in together:
                    lots.setdefault(family, []).append(cell)
            whole = {family: apart.submit(together[family], mine) for family, mine in lots.items()}
            for client, row, timeout in cells:
                if client in one:
                    asked.append(pool.submit(one[client], row, timeout))
            answers = {family: iter(future.result()) for family, future in whole.items()}
        alone = iter(asked)
        return [
            next(answers[family])
            if (family := families.get(client, client)) in answers
            else next(alone).result()
            for client, _, _ in cells
        ]


def start(kit, rows: list[Row]):
    """Return a matrix over an armed worker, the provider, the worker, and the instant it was armed."""
    origin = kit.origin()
    proxy = kit.start(experiment(kit, origin.port, rows)).ready()
    matrix = Matrix(kit, proxy)
    matrix.prepare(rows)
    matrix.ask_before(rows)
    origin.calls.clear()
    return matrix, origin, proxy, proxy.arm()


__all__ = ["CLIENTS", "SHORT", "Matrix", "Table", "experiment", "present", "start", "versions"]
