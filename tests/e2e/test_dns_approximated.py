"""What curl sees of DNS faults behind an explicit proxy, where nobody asks DNS."""

import os
import shutil
import subprocess

import pytest

pytestmark = [
    pytest.mark.socket,
    pytest.mark.skipif(shutil.which("curl") is None, reason="curl is missing (apt-get install curl)"),
]


def curl(kit, proxy, timeout: str) -> str:
    form = "%{http_code} %{exitcode} %{time_total}"
    out = subprocess.run(
        ["curl", "-sS", "-m", timeout, "-o", "/dev/null", "-w", form, f"https://{kit.host}/status/200"],
        env=os.environ | kit.environment(proxy),
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    return out.stdout


@pytest.mark.parametrize(
    ("fault", "action", "sees"),
    [
        *(
            (f"{{dns_error: {{code: {code}}}}}", "refuse", "broken")
            for code in ("nxdomain", "nodata", "servfail")
        ),
        ("{dns_wrong_answer: {addresses: [192.0.2.1]}}", "refuse", "broken"),
        ("{dns_stale_answer: {addresses: [192.0.2.1]}}", "refuse", "broken"),
        ("dns_timeout", "hold", "silence"),
        ("{dns_delay: {time: 400ms}}", "wait", "late"),
    ],
)
def test_a_connection_suffers_in_the_questions_place_and_it_is_recorded(kit, fault, action, sees):
    origin = kit.origin()
    proxy = kit.worker(origin, f"[{{id: i, provider: pay, fault: {fault}, during: fault}}]")
    proxy.arm()
    status, code, seconds = curl(kit, proxy, "1" if sees == "silence" else "10").split()
    match sees:
        case "broken":
            assert (status, code) in (("000", "35"), ("000", "56"))
        case "silence":
            assert (status, code) == ("000", "28")
        case "late":
            assert (status, code) == ("200", "0")
            assert float(seconds) >= 0.4
    assert len(origin.calls) == (sees == "late")
    (line,) = proxy.lines()
    assert (line["eligible"], line["drawn"], line["hits"]) == (["i"], ["i"], [["i", action]])
    assert "question" not in line
