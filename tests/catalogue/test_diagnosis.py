"""Whose calls would be captured, by what is known of clients and by how the experiment captures."""

import pytest

from chaoskit.catalogue.clients import CLIENTS, of_runtime
from chaoskit.catalogue.diagnosis import Check, Runtime, diagnose
from chaoskit.core.experiment import (
    Address,
    Compose,
    Experiment,
    Load,
    Phase,
    Provider,
    ProxySettings,
    Target,
    Transparent,
)
from chaoskit.core.objective import Slo

PYTHON = Runtime(kind="python", program="python", version=(3, 12), packages=frozenset({"requests", "stripe"}))
OLD_NODE = Runtime(kind="node", program="node", version=(20, 20, 2))
JAVA = Runtime(kind="java", program="java")
COUNTED = (Slo(id="n", in_="a", provider="pay"),)


def experiment(settings=ProxySettings(), *, reads_calls=True, **target):  # noqa: B008 - a frozen value
    return Experiment(
        name="x",
        target=Target(url="http://127.0.0.1:1", **target),
        load=Load(arrivals=1.0),
        phases=(Phase("a", 0, 1),),
        providers=(Provider(name="pay", hosts=("api.pay.example",)),),
        slos=COUNTED if reads_calls else (),
        proxy=settings,
    )


def told(found):
    return {each.client: (each.proxied, each.trusts) for each in found.rows}


def test_only_what_is_installed_is_told_and_what_hangs_on_code_blocks_nothing():
    found = diagnose(experiment(), PYTHON, ())

    assert told(found) == {
        "requests": ("yes", "yes"),
        "urllib.request": ("yes", "yes"),
        "http.client": ("code", "yes"),
        "stripe": ("yes", "code"),
    }
    assert found.is_clear


def test_a_runtime_that_knows_no_proxy_stands_in_the_way_until_another_way_is_chosen():
    assert not diagnose(experiment(), OLD_NODE, ()).is_clear
    assert diagnose(experiment(ProxySettings(transparent=Transparent())), OLD_NODE, ()).is_clear
    assert diagnose(experiment(ProxySettings(gateway=(Address("127.0.0.1", 443),))), OLD_NODE, ()).is_clear


def test_the_ca_matters_only_where_calls_are_decrypted():
    settings = ProxySettings(transparent=Transparent())

    assert not diagnose(experiment(settings), JAVA, ()).is_clear
    assert diagnose(experiment(settings, reads_calls=False), JAVA, ()).is_clear


def test_what_the_file_sets_for_java_is_seen():
    options = "-Dhttps.proxyHost=127.0.0.1 -Dhttps.proxyPort=1 -Djavax.net.ssl.trustStore=x.p12"
    environment = (("JAVA_TOOL_OPTIONS", options),)

    assert told(diagnose(experiment(environment=environment), JAVA, ())) == {
        "HttpClient and URL": ("yes", "yes")
    }


def test_a_check_that_failed_stands_in_the_way():
    assert not diagnose(experiment(), PYTHON, (Check(is_good=False, text="in use"),)).is_clear


def test_a_target_that_cannot_be_looked_at_is_said_so():
    running = diagnose(experiment(), None, ())
    unknown = diagnose(experiment(), Runtime(kind=None, program="./shop"), ())

    assert "not started by chaoskit" in running.checks[0].text
    assert "`./shop`" in unknown.checks[0].text
    assert running.is_clear
    assert unknown.is_clear


@pytest.mark.parametrize(
    ("version", "knows"),
    [
        ((20, 20, 2), False),
        ((22, 20, 9), False),
        ((22, 21, 0), True),
        ((23, 11, 0), False),
        ((24, 4, 0), False),
        ((24, 5, 0), True),
        ((26, 0, 0), True),
        ((), False),
    ],
)
def test_which_node_knows_proxy_variables(version, knows):
    (row,) = of_runtime("node", frozenset(), version)

    assert (row.proxied == "yes") is knows


def test_every_row_that_is_not_plain_says_what_to_do():
    for each in CLIENTS:
        assert (each.proxied, each.trusts) == ("yes", "yes") or each.remedy, each


def in_compose(capture, **more):
    proxy = {"sidecar": ProxySettings(transparent=Transparent())}.get(capture, ProxySettings())
    project = Compose(file="c.yaml", service="shop", capture=capture, **more)
    found = diagnose(experiment(proxy, compose=project), None, ())
    assert found.is_clear
    return [found.way, *(each.text for each in found.checks)]


def test_a_service_in_a_container_is_told_what_it_needs():
    assert in_compose("sidecar") == [
        "a sidecar in the network namespace of shop",
        "shop is told to trust chaoskit's CA; whether its clients do, the run's probe proves",
    ]
    assert in_compose("gateway")[0] == "a gateway at the providers' names, on the networks of shop"
    assert in_compose("forward") == [
        "the proxy variables, in the container of shop",
        (
            "shop is told to use the proxy chaoskit-proxy:8080 and trust chaoskit's CA; whether its "
            "clients do, the run's probe proves"
        ),
    ]


def test_in_a_service_that_runs_already_nothing_is_set():
    assert in_compose("sidecar", attach=True)[1] == (
        "nothing is set in shop, which runs already: its clients must trust chaoskit's CA by themselves"
    )


def test_a_service_whose_calls_are_not_decrypted_needs_nothing():
    project = Compose(file="c.yaml", service="shop")
    found = diagnose(experiment(ProxySettings(), reads_calls=False, compose=project), None, ())
    assert [each.text for each in found.checks] == ["shop needs no setting"]
