"""A container as the engine describes it: written down, read again, and compared."""

import json
from dataclasses import replace

from chaoskit.core.service import Attachment, Container, Limits
from chaoskit.target import snapshot

ATTRS = {
    "Id": "0123456789abcdef",
    "Name": "/demo-shop-1",
    "State": {"Running": True, "Paused": False},
    "Config": {
        "Labels": {"com.docker.compose.project": "demo", "com.docker.compose.service": "shop"},
        "Env": ["PASSWORD=secret", "FAKETIME_TIMESTAMP_FILE=/ft/offset"],
    },
    "HostConfig": {
        "NetworkMode": "demo_front",
        "NanoCpus": 500_000_000,
        "Memory": 10,
        "MemorySwap": 20,
        "Tmpfs": {"/tmp": "rw,size=64m,mode=1777", "/run": ""},
        "Mounts": [
            {"Type": "tmpfs", "Target": "/cache", "TmpfsOptions": {"SizeBytes": 1000}},
            {"Type": "volume", "Target": "/data"},
        ],
        "IpcMode": "private",
        "ShmSize": 67_108_864,
    },
    "NetworkSettings": {
        "Ports": {"80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "8080"}], "81/tcp": None},
        "Networks": {
            "demo_front": {
                "Aliases": ["shop", "0123456789ab"],
                "IPAddress": "172.20.0.2",
                "GlobalIPv6Address": "",
                "IPAMConfig": {"IPv4Address": "172.20.0.2"},
                "Links": ["till:t"],
                "DriverOpts": {"a": "b"},
            }
        },
    },
}
SHOP = Container(
    id="0123456789abcdef",
    name="demo-shop-1",
    service="shop",
    attachments=(
        Attachment(
            network="demo_front",
            aliases=("shop",),
            address="172.20.0.2",
            ipv4="172.20.0.2",
            links=("till:t",),
            driver_opts=(("a", "b"),),
        ),
    ),
    ports=(("80/tcp", "0.0.0.0:8080"),),
    limits=Limits(nano_cpus=500_000_000, memory=10, memory_swap=20),
    tmpfs=(("/cache", 1000), ("/dev/shm", 67_108_864), ("/run", 0), ("/tmp", 67_108_864)),
    environment=(("FAKETIME_TIMESTAMP_FILE", "/ft/offset"),),
)


def test_what_the_engine_says_becomes_a_value_without_secrets():
    assert snapshot.container(ATTRS) == SHOP


def test_it_is_read_as_it_was_written():
    assert snapshot.from_json(json.loads(json.dumps(snapshot.to_json(SHOP)))) == SHOP


def test_whose_network_it_is():
    def of(mode):
        return snapshot.container({**ATTRS, "HostConfig": {"NetworkMode": mode}}).network_of

    assert [of(each) for each in ("bridge", "host", "container:0123456789abcdef")] == [
        None,
        "the host",
        "the container 0123456789ab",
    ]


def test_nothing_differs_from_itself():
    assert snapshot.differences(SHOP, SHOP) == []


def test_what_differs_is_said():
    (front,) = SHOP.attachments
    after = replace(
        SHOP,
        attachments=(
            replace(front, address="172.20.0.9", aliases=()),
            Attachment(network="new"),
        ),
        ports=(),
        limits=Limits(nano_cpus=1),
    )
    assert snapshot.differences(SHOP, after) == [
        "it is on the network new, where it was not",
        "memory: 10 before, 0 now",
        "memory_swap: 20 before, 0 now",
        "nano_cpus: 500000000 before, 1 now",
        "on the network demo_front, address: 172.20.0.2 before, 172.20.0.9 now",
        "on the network demo_front, aliases: ('shop',) before, () now",
        "published ports: 80/tcp at 0.0.0.0:8080 before, none now",
    ]
    assert snapshot.differences(SHOP, None) == ["the container is gone"]
    assert snapshot.differences(SHOP, replace(SHOP, attachments=(), state="stopped")) == [
        "it is no longer on the network demo_front",
        "it was running and is stopped",
    ]


def test_an_address_that_nobody_asked_for_may_be_another_and_a_static_one_may_not():
    (static,) = SHOP.attachments
    free = replace(static, ipv4=None, ipv6=None)
    chosen = replace(SHOP, attachments=(free,))
    moved = replace(SHOP, attachments=(replace(free, address="172.20.0.9"),))

    assert snapshot.differences(chosen, moved) == []
    assert snapshot.moves(chosen, moved) == "172.20.0.2 on demo_front is 172.20.0.9"
    assert snapshot.moves(chosen, chosen) == ""
    moved = replace(SHOP, attachments=(replace(static, address="172.20.0.9"),))
    assert snapshot.differences(SHOP, moved) == [
        "on the network demo_front, address: 172.20.0.2 before, 172.20.0.9 now"
    ]
    assert snapshot.moves(SHOP, moved) == ""


def test_what_the_engine_only_shows_otherwise_is_no_difference():
    bare = replace(SHOP, limits=Limits())
    shown = replace(bare, limits=Limits(cpu_period=100_000, cpu_quota=-1, memory=2**60, memory_swap=2**60))
    assert snapshot.differences(bare, shown) == []
