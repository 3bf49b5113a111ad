"""Bodies that a fault reads or slows, through a worker in this process or its own."""

import asyncio
import datetime as dt
import threading
import time
from dataclasses import dataclass

import pytest
import requests

from chaoskit.core.actions import Reply, Wait
from chaoskit.core.experiment import Address, Experiment, Injection, Load, Phase, Provider, Target
from chaoskit.core.fault import Fault
from chaoskit.proxy import ca
from chaoskit.proxy.dial import Loop
from chaoskit.proxy.worker import Setup, Worker

pytestmark = pytest.mark.socket


@dataclass(frozen=True, slots=True)
class Reads(Fault):
    """Turns away a call whose body says so."""

    reads_request = True

    def on_call(self, call, dice):
        return Reply(status=422, body=call.body) if call.body.startswith(b"bad") else Wait(0.01)


def in_process(kit, origin, fault: Fault, act) -> list:
    """Run ``act(proxy_url)`` in a thread against a worker in this process; return its lines."""
    provider = Provider(name="pay", hosts=(kit.host,), resolve=Address("127.0.0.1", origin.port))
    experiment = Experiment(
        name="t",
        target=Target(url="http://x"),
        load=Load(),
        phases=(Phase("fault", 0, 600),),
        providers=(provider,),
        injections=(Injection(id="i", provider="pay", fault=fault, fault_name="f", start=0, stop=600),),
    )
    folder = kit.folder / "ca"
    ca.create(folder, dt.datetime.now(dt.UTC))
    said = []

    async def run():
        setup = Setup(
            folder=kit.folder,
            listen=Address("127.0.0.1", 0),
            ca_folder=folder,
            roots=ca.write_bundle(folder, [kit.provider_ca]),
            memory=kit.folder / "memory",
        )
        worker = Worker(experiment, setup, said.append)
        await worker.start()
        worker.obey({"arm": time.monotonic()})
        ready = next(line["ready"] for line in said if "ready" in line)
        try:
            await asyncio.to_thread(act, f"http://{ready['listen']}")
        finally:
            await worker.stop()

    asyncio.run(run(), loop_factory=Loop)
    return said


@pytest.mark.parametrize("body", [b"x" * 200_000, iter([b"one ", b"two"])], ids=["length", "chunked"])
def test_a_body_that_a_fault_reads_arrives_whole_and_unchanged(kit, body):
    origin = kit.origin(tls=False)
    expected = body if isinstance(body, bytes) else b"one two"
    told = {}

    def act(proxy):
        with requests.Session() as session:
            session.proxies = {"http": proxy}
            bad = session.post(f"http://{kit.host}/x", data=b"bad luck", timeout=10)
            told["bad"] = (bad.status_code, bad.content)
            told["good"] = session.post(f"http://{kit.host}/y", data=body, timeout=10).json()["body"].encode()

    said = in_process(kit, origin, Reads(), act)
    assert told == {"bad": (422, b"bad luck"), "good": expected}
    assert origin.calls == ["POST /y"]
    totals = [line for line in said if "hits" in line]
    assert totals[-1]["hits"] == {"i": 2}


def test_a_slow_body_goes_on_at_full_speed_when_faults_are_lifted(kit):
    size = 4_000_000  # more than may wait in the proxy
    fault = "[{id: i, provider: pay, fault: {throttle: {rate: 20kB/s}}, during: fault}]"
    proxy = kit.worker(kit.origin(h2=False), fault)
    proxy.arm()
    threading.Timer(0.8, proxy.tell, [{"lift": True}]).start()
    answer = requests.get(
        f"https://{kit.host}/bytes/{size}",
        proxies={"https": f"http://{proxy.address}"},
        verify=kit.own_ca,
        timeout=20,
    )
    assert len(answer.content) == size


@pytest.mark.parametrize("h2", [False, True])
def test_a_slow_upload_is_slow_and_whole(kit, h2):
    fault = "[{id: i, provider: pay, fault: {throttle: {rate: 100kB/s, direction: up}}, during: fault}]"
    proxy = kit.worker(kit.origin(h2=h2), fault)
    proxy.arm()
    began = time.monotonic()
    answer = requests.post(
        f"https://{kit.host}/x",
        data=b"y" * 50_000,
        proxies={"https": f"http://{proxy.address}"},
        verify=kit.own_ca,
        timeout=20,
    )
    assert answer.json()["body"] == "y" * 50_000
    assert time.monotonic() - began >= 0.49
