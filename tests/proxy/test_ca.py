import datetime as dt
import ssl
import stat
import subprocess
import sys

import pytest

from chaoskit.proxy import ca

NOW = dt.datetime.now(dt.UTC)


def mode(path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_key_is_private_and_the_ca_is_reused_while_it_is_valid(tmp_path):
    folder = tmp_path / "a" / "ca"
    certificate = ca.create(folder, NOW)
    assert mode(folder) == 0o700
    assert mode(folder / "mitmproxy-ca.pem") == 0o600
    assert b"PRIVATE KEY" not in certificate.read_bytes()
    before = certificate.read_bytes()
    assert ca.create(folder, NOW + dt.timedelta(days=800)).read_bytes() == before
    assert ca.create(folder, NOW + dt.timedelta(days=824)).read_bytes() != before


def test_a_broken_ca_is_made_anew(tmp_path):
    before = ca.create(tmp_path, NOW).read_bytes()
    (tmp_path / "mitmproxy-ca.pem").write_text("broken")
    assert ca.create(tmp_path, NOW).read_bytes() != before


def test_the_environment_names_one_bundle_of_our_ca_the_extra_ones_and_the_public_roots(tmp_path):
    extra = tmp_path / "extra.pem"
    extra.write_bytes(ca.create(tmp_path / "other", NOW).read_bytes())
    told = ca.environment("http://127.0.0.1:1", tmp_path / "ca", [extra])
    assert {told[name] for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")} == {
        "http://127.0.0.1:1"
    }
    assert "NO_PROXY" not in told
    bundles = {value for name, value in told.items() if "proxy" not in name.lower()}
    assert len(bundles) == 1
    context = ssl.create_default_context(cafile=bundles.pop())
    names = [dict(pair[0] for pair in each["subject"]).get("commonName") for each in context.get_ca_certs()]
    assert names.count("chaoskit project CA") == 2
    assert len(names) > 50


def test_an_extra_ca_that_cannot_be_read_is_an_error(tmp_path):
    with pytest.raises(OSError, match=r"nowhere\.pem"):
        ca.environment("http://127.0.0.1:1", tmp_path, [tmp_path / "nowhere.pem"])


def test_the_controller_does_not_load_mitmproxy_by_it():
    code = "import sys, chaoskit.proxy.ca; sys.exit('mitmproxy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
