"""What we rely on inside mitmproxy. If a new version changes one of these, this says which."""

import dataclasses
import inspect
import subprocess
import sys

import pytest
from mitmproxy.certs import CertStore
from mitmproxy.connection import Server
from mitmproxy.options import Options
from mitmproxy.proxy import layer, mode_specs, server, tunnel
from mitmproxy.proxy.layers import http, tcp, tls
from mitmproxy.proxy.layers.http import _events, _http1, _http2

import chaoskit.proxy.reception
from chaoskit.proxy.line import Pause, Reset, ToDial


def parameters(function) -> list[str]:
    return list(inspect.signature(function).parameters)


@pytest.mark.parametrize(
    ("owner", "names"),
    [
        (server.LiveConnectionHandler, ["handle_client", "handle_hook", "server_event", "drain_writers"]),
        (http.HttpLayer, ["make_stream", "get_connection", "register_connection", "event_to_child"]),
        (
            http.HttpStream,
            ["check_invalid", "passthrough", "handle_protocol_error", "make_server_connection"],
        ),
        (_http1.Http1Connection, ["read_body", "mark_done", "make_pipe"]),
        (_http1.Http1Server, ["send", "read_headers"]),
        (_http1.Http1Client, ["send", "read_headers"]),
        (_http2.Http2Connection, ["is_open_for_us", "handle_h2_event"]),
        (layer.Layer, ["handle_event", "_handle_event"]),
        (tunnel.TunnelLayer, ["event_to_child"]),
    ],
)
def test_what_we_override_or_call_is_there(owner, names):
    assert [name for name in names if not callable(getattr(owner, name, None))] == []


def test_signatures_are_the_ones_that_we_call():
    assert parameters(server.LiveConnectionHandler.__init__) == [
        "self",
        "reader",
        "writer",
        "options",
        "mode",
    ]
    assert parameters(http.HttpLayer.__init__) == ["self", "context", "mode"]
    assert parameters(http.HttpLayer.get_connection) == ["self", "event", "reuse"]
    assert parameters(http.HttpStream.__init__) == ["self", "context", "stream_id"]
    assert parameters(tcp.TCPLayer.__init__) == ["self", "context", "ignore"]
    assert parameters(tls.ServerTLSLayer.__init__) == ["self", "context", "conn"]
    assert parameters(CertStore.get_cert) == ["self", "commonname", "sans", "organization", "crl_url"]
    fields = [field.name for field in dataclasses.fields(http.GetHttpConnection)]
    assert fields == ["address", "tls", "via", "transport_protocol"]


def test_a_killed_call_has_no_page_of_mitmproxys_own():
    assert _events.ErrorCode.KILL.http_status_code() is None
    assert _events.ErrorCode.CANCEL.http_status_code() is None
    assert _events.ErrorCode.HTTP_1_1_REQUIRED.http_status_code() is None


def test_our_hooks_block_only_the_layer_that_yields_them():
    for hook in (Pause, Reset):
        assert hook.blocking is True
    assert ToDial.blocking is True
    assert issubclass(ToDial, http.GetHttpConnection)


def test_paused_layers_queue_events_where_we_look_for_them():
    assert "_paused_event_queue" in inspect.getsource(layer.Layer.__init__)


def test_there_is_one_place_for_the_limit_of_five_connections():
    assert "self.max_conns[" in inspect.getsource(server.ConnectionHandler.open_connection)


def test_a_fresh_server_is_closed_and_has_no_error():
    fresh = Server(address=("127.0.0.1", 1))
    assert not fresh.connected
    assert fresh.error is None
    assert fresh.timestamp_start is None


def test_our_mode_is_registered_and_the_options_that_we_set_exist():
    assert isinstance(mode_specs.ProxyMode.parse("gate@127.0.0.1:0"), chaoskit.proxy.reception.GateMode)
    for name in ("confdir", "ssl_verify_upstream_trusted_ca", "rawtcp", "websocket", "tcp_timeout"):
        assert name in Options()


def test_no_option_can_sign_with_a_foreign_ca():
    # 12.3.0 and 12.3.1 carry a compromised public intermediate; see the pin in pyproject.toml
    assert not [name for name in Options().keys() if "emudhra" in name]  # noqa: SIM118 - not a dict


def test_the_other_addons_are_not_loaded():
    # they cost a quarter of the time to start
    code = "import sys, chaoskit.proxy.worker; sys.exit(bool({'ldap3', 'flask'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
