"""A TLS handshake that is answered with an alert."""

from typing import get_args

import pytest

from chaoskit.core.actions import Alert
from chaoskit.core.fault import acts_on_calls
from chaoskit.faults.tls_alert import _CODES, TlsAlert
from chaoskit.spec.shapes import parameters


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (TlsAlert(), 40),
        (TlsAlert(alert="internal_error"), 80),
        (TlsAlert(alert="unrecognized_name"), 112),
        (TlsAlert(alert="protocol_version"), 70),
        (TlsAlert(code=116), 116),
    ],
    ids=str,
)
def test_it_sends_the_alert_that_is_named(fault, code, told, answer):
    assert told(fault, answer(b"x")) == {"hello": Alert(code)}


def test_every_name_has_a_code_and_every_code_a_name():
    names = next(each.wanted for each in parameters(TlsAlert) if each.name == "alert")
    assert set(get_args(names)) == set(_CODES)


def test_it_needs_no_decryption():
    assert not TlsAlert.terminates_tls
    assert not acts_on_calls(TlsAlert())


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"alert": "internal_error", "code": 80}, "alert or code, got both"),
        ({"code": 0}, "code must be 1 to 255, got 0"),
        ({"code": 256}, "code must be 1 to 255, got 256"),
    ],
)
def test_what_makes_no_sense_is_refused(wrong, says):
    with pytest.raises(ValueError, match=says):
        TlsAlert(**wrong)
