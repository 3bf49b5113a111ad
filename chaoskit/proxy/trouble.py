"""Why a provider cannot be reached, in words that a person would use. Pure."""

import re

_KNOWN = (
    (r"Errno 111\b|Connect call failed|Connection refused", "connection refused"),
    (r"Name or service not known|No address associated|Errno -[25]\b|knows no address", "name not found"),
    (r"Temporary failure in name resolution|Errno -3\b", "the name server does not answer"),
    (r"Errno 113\b|No route to host", "no route to host"),
    (r"Errno 101\b|Network is unreachable", "network unreachable"),
    (r"Errno 110\b|Connection timed out", "connection timed out"),
)
_UNTRUSTED = re.compile(r"certificate verify failed(?:: (?P<why>[^(\]]+))?", re.IGNORECASE)


def plainly(problem: object) -> str:
    """Return an error of the system, of OpenSSL or of mitmproxy in plain words; an unknown one as it is."""
    text = str(problem)
    untrusted = _UNTRUSTED.search(text)
    if untrusted is not None:
        why = (untrusted["why"] or "").strip(" .")
        return f"certificate verify failed: {why}" if why else "certificate verify failed"
    return next((words for pattern, words in _KNOWN if re.search(pattern, text)), text)
