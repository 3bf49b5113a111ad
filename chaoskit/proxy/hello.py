"""The beginning of a TLS handshake: faults are asked about it, and what they say is kept for the lanes."""

from collections.abc import Sequence
from typing import Any

from chaoskit.core.actions import Certify, Negotiate, Stall
from chaoskit.core.call import Connection, Hello
from chaoskit.core.decide import Strike, on_hello
from chaoskit.core.experiment import Experiment
from chaoskit.proxy.engine import Engine
from chaoskit.proxy.followed import LiveConnection
from chaoskit.proxy.sniff import More, Tls, sniff

_HANDSHAKE = 0x16  # the first byte of a ClientHello's record


def asks(experiment: Experiment, conn: Connection) -> bool:
    """Tell whether a fault of the run acts on the handshakes of the connection's provider, or its edges.

    Where none does, the client's first bytes need not be waited for.
    """
    return any(
        i.is_aimed_at(conn.provider, conn.groups) and "hello" in i.fault.layers()
        for i in experiment.injections
    )


def is_whole(early: bytes) -> bool:
    """Tell whether the client has said enough: a whole ClientHello, or something else than TLS."""
    return bool(early) and (early[0] != _HANDSHAKE or not isinstance(sniff(early), More))


def greet(engine: Engine, live: LiveConnection, early: bytes) -> Sequence[Strike[Any]]:
    """Decide about the handshake that begins with ``early``; nothing where that is no ClientHello."""
    found = sniff(early) if early[:1] == bytes([_HANDSHAKE]) else None
    if not isinstance(found, Tls):
        return ()
    hello = Hello(
        identity=live.conn.identity,
        provider=live.conn.provider,
        groups=live.conn.groups,
        host=found.name or live.conn.host,
        client=live.conn.client,
        alpn=found.alpn,
        versions=found.versions,
    )
    strikes, eligible, drawn = on_hello(engine.switch.active(), hello, engine.experiment.seed, engine.memory)
    live.attempt.eligible += eligible
    live.attempt.drawn += drawn
    return strikes


def alert(code: int) -> bytes:
    """Return a fatal alert as a record of its own (RFC 8446, 5.1 and 6).

    OpenSSL would make one too, and mitmproxy never sends what OpenSSL says in a handshake that fails.
    """
    return bytes([0x15, 3, 3, 0, 2, 2, code])


class Silence:
    """Lets the first bytes of a provider's flight pass, and then nothing more."""

    def __init__(self, engine: Engine, live: LiveConnection, strike: Strike[Stall]) -> None:
        self._engine = engine
        self._live = live
        self._strike = strike
        self._left = strike.action.after
        self._is_over = False

    def take(self, data: bytes) -> bytes:
        """Return what may pass of ``data``. What is withheld is a hit, and holds the connection."""
        live, injection = self._live, self._strike.injection.id
        if self._is_over or live.is_lifted or len(data) <= self._left:
            self._left -= len(data)
            return data
        self._is_over = True
        if not self._engine.switch.is_on(injection):
            return data  # it ended meanwhile: nobody would let go of this one
        self._engine.hit(live, self._strike)
        live.freeze()
        live.held_by = injection
        return data[: max(0, self._left)]


class Handshake:
    """What a connection's handshake suffers in the lane that it enters. Of two of a kind the first counts."""

    def __init__(self, engine: Engine, live: LiveConnection) -> None:
        self._engine = engine
        self._live = live
        self._certify: Strike[Certify] | None = None
        self._negotiate: list[Strike[Negotiate]] = []
        self.silence: Silence | None = None

    def keep(self, strike: Strike[Any]) -> bool:
        """Keep ``strike`` for later, if it is one that a lane carries out."""
        match strike.action:
            case Stall():
                self.silence = self.silence or Silence(self._engine, self._live, strike)
            case Certify():
                self._certify = self._certify or strike
            case Negotiate():
                self._negotiate.append(strike)
            case _:
                return False
        return True

    def choose(self, offers: Sequence[bytes], usual: bytes | None) -> bytes | None:
        """Return the protocol to speak: ``usual``, the one that would be spoken, or what a fault leaves."""
        chosen = usual
        for strike in self._present():
            allowed = strike.action.alpn
            if allowed is None or (chosen or b"").decode("latin-1") in allowed:
                continue
            left = [each.encode() for each in allowed if each.encode() in offers]
            if left:
                self._engine.hit(self._live, strike)
                chosen = left[0]
        return chosen

    def answer(self) -> tuple[str | None, str | None]:
        """Return what is wrong with the certificate, and the newest TLS: the handshake is answered now."""
        problem, highest = None, None
        for strike in self._present():
            version = strike.action.highest
            if version is not None and (highest is None or version < highest):
                self._engine.hit(self._live, strike)
                highest = version
        if self._certify is not None and not self._live.is_lifted:
            self._engine.hit(self._live, self._certify)
            problem = self._certify.action.problem
        return problem, highest

    def _present(self) -> Sequence[Strike[Negotiate]]:
        return () if self._live.is_lifted else self._negotiate
