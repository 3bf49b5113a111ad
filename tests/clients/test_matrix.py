"""What real clients see of every fault, through the real worker and a real TLS provider.

``CHAOSKIT_WRITE_CLIENTS=1 pytest tests/clients/test_matrix.py`` writes docs/faults/clients.md from it.
"""

import os
import shutil
from collections import Counter
from dataclasses import replace

import pytest

import page
import with_java
import with_requests
from cells import LONG
from matrix import CLIENTS, present, start, versions
from rows import ROWS

pytestmark = [
    pytest.mark.socket,
    pytest.mark.broad,
    pytest.mark.timeout(180),  # it takes some 15 s, and is not to fail where others use the machine
    pytest.mark.skipif(
        None in (shutil.which("curl"), shutil.which("node")),
        reason="curl or node is not on this machine (apt-get install curl nodejs)",
    ),
]
ATTEMPTS = {"aiohttp": 2, "java": 2}
"""Calls that a client makes of one: these send a GET again when its connection ends before a first byte."""


def test_every_client_sees_every_fault_as_it_is_documented(kit):
    matrix, origin, proxy, began = start(kit, ROWS)
    for row in ROWS:
        for _ in range(row.spared):  # the quota is to have nothing left
            with_requests.call(replace(row, name=f"{row.name}/first"), LONG, matrix.environment)
    table = matrix.run(ROWS, clients := present())

    wrong = {
        (row.name, client): (sorted(row.wanted(client)), seen.judged(row.path), seen)
        for row in ROWS
        for client in clients
        if (seen := table[row.name][client]).judged(row.path) not in row.wanted(client)
    }
    assert wrong == {}, "\n".join(f"{key}: {value}"[:400] for key, value in wrong.items())
    streams = {client: seen.seconds - seen.first for client, seen in table["none-stream"].items()}
    assert min(streams.values()) > 0.3, streams  # of 0.8 s: the first piece came long before the last
    its = Counter("/".join(call.split("/")[1:3]) for call in origin.calls)
    for row in ROWS:
        got = {client for client in clients if its[f"{row.name}/{client}"]}
        if row.contacted is not None:
            struck = set(clients) - set(row.left_alone)
            assert got == (struck if row.contacted else set()) | set(row.left_alone), row.name
        if row.copies > 1:
            assert all(its[f"{row.name}/{c}"] == row.copies * matrix.asked[row.name, c] for c in got), its
    check_record([line for line in proxy.lines() if line["t"] >= began], matrix.asked)
    if os.environ.get("CHAOSKIT_WRITE_CLIENTS"):
        assert clients == list(CLIENTS), "a client is missing"
        page.PAGE.write_text(page.text(ROWS, table, versions()), encoding="utf-8")


@pytest.mark.skipif(not with_java.IS_HERE, reason=with_java.MISSING)
def test_java_takes_part():
    assert present() == list(CLIENTS)


def check_record(lines: list[dict], asked: Counter) -> None:
    """The proxy's record has every fault and every call that it struck, and none beside them."""
    for row in ROWS:
        its = [x for x in lines if (x["provider"] == row.name if row.own else of(x, row.name))]
        hits = [{each[0] for each in x["hits"]} for x in its]
        if row.fault is None:
            assert not any(hits), row.name
            continue
        spared = [x for x, hit in zip(its, hits, strict=True) if hit != {row.name}]
        alone = sum(n for each, n in asked.items() if each[0] == row.name and each[1] in row.left_alone)
        assert len(spared) >= row.spared + alone, row.name
        if not {"silence", "stalled"} & row.wanted("curl"):
            assert len(spared) == row.spared + alone, (row.name, spared)
        # a caller of the impatient kind may leave, on a busy machine, before there is an answer to strike
        assert all(x["status"] in (None, 200) for x in spared), spared
        assert row.left_alone or all(x["drawn"] == [row.name] for x in spared), spared
        most = {
            each[1]: n * row.rounds * ATTEMPTS.get(each[1], 1)
            for each, n in asked.items()
            if each[0] == row.name
        }
        if row.own:
            assert 0 < len(its) <= sum(most.values()), row.name
        else:
            made = Counter(x["path"].split("/")[2] for x in its)
            assert all(0 < made[client] <= n for client, n in most.items()), (row.name, made)


def of(line: dict, name: str) -> bool:
    return line["path"] is not None and line["path"].startswith(f"/{name}/")
