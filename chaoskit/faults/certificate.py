"""The provider's certificate is not one to trust."""

from typing import ClassVar

from chaoskit.core.actions import CertificateProblem, Certify
from chaoskit.core.call import Hello
from chaoskit.core.dice import Dice
from chaoskit.core.fault import Fault
from chaoskit.core.frozen import frozen


@frozen(kw_only=True)
class Certificate(Fault):
    """The provider shows a certificate in which one thing is wrong, and answers whoever takes it.

    ``problem``: what is wrong; the rest is right, and the project's CA has signed it where it is signed at
    all. ``expired``: since a day. ``not_yet_valid``: for 30 more days. ``wrong_host``: it is another name's.
    ``untrusted_ca``: the whole chain is sent, up to a CA that nobody trusts. ``self_signed``: no CA at all.
    ``incomplete_chain``: the CA between it and the trusted one is not sent. ``weak_key``: RSA with 1024
    bits, which not every client refuses.
    """

    terminates_tls: ClassVar[bool] = True

    problem: CertificateProblem

    def on_hello(self, hello: Hello, dice: Dice) -> Certify:
        return Certify(self.problem)
