from chaoskit.catalogue.diagnosis import Check, Diagnosis, Row
from chaoskit.report.doctor import render

ROWS = (
    Row(client="requests", proxied="yes", trusts="yes", remedy=""),
    Row(client="aiohttp", proxied="code", trusts="yes", remedy="ClientSession(trust_env=True)"),
)


def test_a_table_and_what_was_looked_at():
    told = render(
        Diagnosis(way="the proxy variables", rows=ROWS, checks=(Check(is_good=False, text="port taken"),))
    )

    assert told == (
        "captured by the proxy variables\n"
        "\n"
        "client    goes through the proxy  trusts the CA  what to set\n"
        "requests  yes                     yes\n"
        "aiohttp   in code                 yes            ClientSession(trust_env=True)\n"
        "\n"
        "NO  port taken\n"
        "\n"
        "something stands in the way; see docs/capture.md for other ways to capture"
    )


def test_the_conclusion_is_no_surer_than_what_is_known():
    assert render(Diagnosis(way="x", rows=ROWS, checks=())).endswith(
        "nothing is sure to stand in the way; what depends on the target's code, the run's probe proves"
    )
    assert render(Diagnosis(way="x", rows=ROWS[:1], checks=())).endswith("nothing stands in the way")
