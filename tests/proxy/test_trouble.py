import pytest

from chaoskit.proxy.trouble import plainly


@pytest.mark.parametrize(
    ("problem", "words"),
    [
        ("[Errno 111] Connect call failed ('127.0.0.1', 1)", "connection refused"),
        (
            "Multiple exceptions: [Errno 111] Connect call failed ('::1', 1, 0, 0), [Errno 111] ...",
            "connection refused",
        ),
        ("[Errno -2] Name or service not known", "name not found"),
        ("[Errno -3] Temporary failure in name resolution", "the name server does not answer"),
        (
            "Certificate verify failed: unable to get local issuer certificate",
            "certificate verify failed: unable to get local issuer certificate",
        ),
        (
            "[SSL: X] certificate verify failed: self-signed certificate (_ssl.c:1006)",
            "certificate verify failed: self-signed certificate",
        ),
        (OSError("that is this proxy itself"), "that is this proxy itself"),
    ],
)
def test_an_error_is_said_in_plain_words_and_an_unknown_one_as_it_is(problem, words):
    assert plainly(problem) == words
