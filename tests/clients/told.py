"""Tells the classes of TLS errors apart by the words of OpenSSL, which curl, Python and Node share."""

import re

_WORDS = (
    ("certificate expired", "certificate has expired"),
    ("certificate not yet valid", "certificate is not yet valid"),
    ("certificate wrong host", "Hostname mismatch|no alternative certificate subject name|ALTNAME_INVALID"),
    ("certificate weak", "key too (weak|small)|md too weak"),
    # "in certificate chain" is a CA that nobody trusts
    ("certificate untrusted", "self.signed certificate in certificate chain|unable to get (local )?issuer"),
    ("certificate untrusted", "unable to verify the first certificate|UNABLE_TO_VERIFY"),
    ("certificate self-signed", "self.signed certificate"),
    ("tls version", "alert protocol version|unsupported protocol|legacy sigalg|no protocols available"),
    ("tls version", "UNSUPPORTED_PROTOCOL|WRONG_VERSION|PROTOCOL_VERSION"),
    ("tls alert", r"\balert\b|_ALERT_"),
)


def by_openssl(text: str) -> str | None:
    """Return the class that the words of an error tell, or None."""
    for kind, words in _WORDS:
        if re.search(words, text, re.IGNORECASE):
            return kind
    return None
