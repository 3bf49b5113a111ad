"""What is said to docker to start a part of chaoskit beside a service."""

from chaoskit.core.experiment import Compose, Provider
from chaoskit.target.sidecar import Beside, aliases

OURS = Beside(
    run="r-1",
    image="chaoskit:local",
    engine="unix:///e.sock",
    writes=("/run/r",),
    reads=("/file",),
    user=(1000, 100),
)
ROOTS = Beside(run="r-1", image="i", engine="unix:///e.sock", writes=(), reads=(), user=(0, 0))


def test_beside_a_service_it_is_root_with_one_right_and_one_more_for_our_folders():
    assert " ".join(OURS.in_namespace("abc", ["python"])) == (
        "env DOCKER_HOST=unix:///e.sock docker run --interactive --rm --pull never --network container:abc "
        "--user 0:0 --cap-drop ALL --cap-add NET_ADMIN --cap-add DAC_OVERRIDE "
        "--label chaoskit=1 --label chaoskit.run=r-1 --env HOME=/tmp "
        "--volume /run/r:/run/r --volume /file:/file:ro --workdir / chaoskit:local python"
    )
    assert "DAC_OVERRIDE" not in ROOTS.in_namespace("abc", ["python"])


def test_on_networks_it_is_whoever_we_are_and_has_no_right_at_all():
    words = OURS.on_networks(
        "p-proxy-0", ["one", "two", "three"], ["chaoskit-proxy", "api.pay.test"], ["python"]
    )
    join, create = words[: words.index("--")], words[words.index("--") + 1 :]
    assert join[3:] == ["-m", "chaoskit.target.join", "p-proxy-0", "chaoskit-proxy,api.pay.test", "two,three"]
    assert " ".join(create).startswith(
        "docker create --interactive --rm --pull never --name p-proxy-0 --network one "
        "--network-alias chaoskit-proxy --network-alias api.pay.test --user 1000:100 --cap-drop ALL "
    )
    assert "--cap-add" not in create
    assert "--privileged" not in " ".join(words)


def test_only_a_gateway_has_the_providers_names_and_a_pattern_is_none():
    providers = [
        Provider(name="pay", hosts=("api.pay.test", "*.pay.test")),
        Provider(name="tax", hosts=("api.tax.test", "api.pay.test")),
    ]
    sidecar, gateway = (Compose(file="f", service="web", capture=each) for each in ("sidecar", "gateway"))
    assert aliases(sidecar, providers) == ("chaoskit-proxy",)
    assert aliases(gateway, providers) == ("chaoskit-proxy", "api.pay.test", "api.tax.test")
