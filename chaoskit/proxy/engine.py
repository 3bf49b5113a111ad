"""What all connections of one worker share, and the decisions that are made for them."""

import asyncio
import contextlib
import ipaddress
import time
from collections import Counter
from collections.abc import Coroutine, Sequence
from typing import Any, Protocol

from chaoskit.core.actions import Close, ConnectAction, Cut, Hold, Refuse, Stall
from chaoskit.core.call import Answer, Call, Connection, Headers
from chaoskit.core.decide import Decision, Memory, Strike, on_answer, on_call, on_connect
from chaoskit.core.experiment import Experiment, Injection, Provider
from chaoskit.core.timeline import Active
from chaoskit.proxy.answers import Answers
from chaoskit.proxy.identity import Identities
from chaoskit.proxy.live import Live
from chaoskit.proxy.record import Attempt, Record
from chaoskit.proxy.routes import Route
from chaoskit.proxy.switch import Switch


class LiveConnection(Live):
    """A client's connection to a provider. ``carrier`` is what moves its bytes at present."""

    def __init__(self, conn: Connection, attempt: Attempt, carrier: "Carrier") -> None:
        super().__init__(conn.provider, attempt)
        self.conn = conn
        self.carrier = carrier

    def freeze(self) -> None:
        super().freeze()
        self.carrier.freeze()

    def drop(self, *, reset: bool) -> None:
        self.carrier.drop(reset=reset)


class Carrier(Protocol):
    """Moves the bytes of one connection: the gate at first, then one of the lanes."""

    def freeze(self) -> None:
        """Pass nothing on from now, in either direction."""
        ...

    def drop(self, *, reset: bool) -> None:
        """Close towards the client, by FIN or by RST."""
        ...


class LiveCall(Live):
    """A call that is going on. The stream that carries it finishes this class."""

    def __init__(self, call: Call, attempt: Attempt, decision: Decision) -> None:
        super().__init__(call.provider, attempt)
        self.call = call
        self.strikes = decision.strikes
        self.pending = decision.pending
        self.answer: Answer | None = None  # its head, once it has come

    def limit(self, strike: Strike[Cut | Stall]) -> None:
        """Let the body that is under way end early."""
        raise NotImplementedError


class Engine:
    """Decides by ``core.decide``, keeps the record, and strikes what is live when a fault seizes."""

    def __init__(
        self, experiment: Experiment, switch: Switch, memory: Memory, record: Record, worker: int
    ) -> None:
        self.experiment = experiment
        self.switch = switch
        self.record = record
        self.live: set[Live] = set()
        self.alpn: dict[str, bytes] = {}  # what each provider speaks with a client that offers HTTP/2
        self.ports: set[int] = set()  # that this worker listens on
        self.answers = Answers()
        self._tasks: set[asyncio.Task[None]] = set()
        self._memory = memory
        self._worker = worker
        self._identities = Identities()
        self._connections: Counter[str] = Counter()
        switch.listen(self)

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run ``work`` in a task that is kept until it ends."""
        task = asyncio.get_running_loop().create_task(work)
        if not task.done():
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    @property
    def is_busy(self) -> bool:
        """Whether any connection's work goes on."""
        return bool(self._tasks)

    def is_own(self, host: str, port: int) -> bool:
        """Tell whether that address is this proxy's own: to connect to it would never end."""
        if port not in self.ports:
            return False
        with contextlib.suppress(ValueError):
            return ipaddress.ip_address(host).is_loopback or ipaddress.ip_address(host).is_unspecified
        return host == "localhost"

    # connections

    def admit(
        self, route: Route, client: str, carrier: Carrier
    ) -> tuple[LiveConnection, Sequence[Strike[ConnectAction]]]:
        """Decide about a client's connection to a provider's route, and follow it from now on."""
        assert route.provider is not None
        provider = route.provider.name
        self._connections[provider] += 1
        identity = f"{provider} {self._worker} {self._connections[provider]}"
        conn = Connection(
            identity=identity, provider=provider, host=route.host, port=route.port, client=client
        )
        strikes, eligible, drawn = on_connect(self.switch.active(), conn, self.experiment.seed)
        attempt = Attempt(
            t=time.monotonic(),
            provider=provider,
            is_call=False,
            identity=identity,
            identified_by="order",
            host=route.host,
            eligible=eligible,
            drawn=drawn,
        )
        live = LiveConnection(conn, attempt, carrier)
        self.live.add(live)
        return live, strikes

    # calls

    def reads_request(self, provider: str) -> bool:
        """Tell whether a fault that is on must see the whole request first."""
        return any(
            each.injection.provider == provider and each.injection.fault.reads_request
            for each in self.switch.active()
        )

    def remembers(self, provider: str) -> bool:
        """Tell whether answers are to be kept: for a fault that may recall them, while it is off."""
        if self.switch.is_lifted:
            return False
        on = {each.injection.id for each in self.switch.active()}
        recalling = [i.id for i in self.experiment.injections if i.provider == provider and i.fault.recalls]
        return bool(recalling) and on.isdisjoint(recalling)

    def clogs(self, provider: Provider | None) -> bool:
        """Tell whether a fault may let the window of an upload to ``provider`` run out."""
        return provider is not None and any(
            i.provider == provider.name and i.fault.clogs for i in self.experiment.injections
        )

    def name(self, headers: Headers, method: str, host: str, path: str) -> tuple[str, str]:
        """Return the identity of one more call, and where it came from."""
        return self._identities.name(headers, method, host, path)

    def decide(self, call: Call) -> tuple[Decision, Attempt]:
        """Decide about a call that is in hand, and begin its line in the record."""
        decision = on_call(self.switch.active(), call, self.experiment.seed, self._memory)
        attempt = Attempt(
            t=time.monotonic(),
            provider=call.provider,
            is_call=True,
            identity=call.identity,
            identified_by=call.identified_by,
            host=call.host,
            method=call.method,
            path=call.path.partition("?")[0],
            eligible=decision.eligible,
            drawn=decision.drawn,
        )
        self.record.begin(attempt)
        return decision, attempt

    def answered(self, live: LiveCall, answer: Answer) -> Sequence[Strike[Any]]:
        """Decide about an answer that is in hand. Once faults are lifted, none suffers anything."""
        live.answer = answer
        pending, live.pending = live.pending, ()
        if self.switch.is_lifted:
            return ()
        return on_answer(pending, live.call, answer, self.experiment.seed)

    def hit(self, live: Live, strike: Strike[Any]) -> None:
        """Note a strike that is about to be carried out; one that may never end is written at once."""
        if not live.attempt.is_call and not live.attempt.hits:
            self._count(live)
        self.record.hit(live.attempt, strike.injection.id, strike.action)
        if isinstance(strike.action, Hold | Stall):
            self.record.write(live.attempt)

    def hit_too(self, live: LiveCall, strike: Strike[Any]) -> None:
        """Note that ``live`` suffers from a strike that was another call's."""
        injection = strike.injection.id
        if injection not in live.attempt.eligible:
            live.attempt.eligible += (injection,)
        if injection not in live.attempt.drawn:
            live.attempt.drawn += (injection,)
        self.hit(live, strike)

    def end(self, live: Live) -> None:
        """Stop following a call or a connection, and write its line."""
        if live not in self.live:
            return
        self.live.discard(live)
        live.leave()
        attempt = live.attempt
        if attempt.is_call or attempt.eligible or attempt.hits or attempt.is_counted:
            self._count(live)
            self.record.write(attempt)

    def count(self, live: LiveConnection) -> None:
        """Record a connection of its own right: no call of it will ever be seen."""
        self._count(live)

    def _count(self, live: Live) -> None:
        if not live.attempt.is_call and not live.attempt.is_counted:
            live.attempt.is_counted = True
            self.record.begin(live.attempt)

    # what the switch says

    def began(self, active: Active) -> None:
        """Strike what is live, if the fault seizes."""
        if active.injection.fault.seizes:
            for live in list(self.live):
                if live.provider == active.injection.provider:
                    self._seize(active, live)

    def ended(self, injection: str) -> None:
        """Let go of what the injection holds."""
        for live in list(self.live):
            live.over(injection)

    def lifted(self) -> None:
        """Let go of everything."""
        for live in list(self.live):
            live.lift()

    def _seize(self, active: Active, live: Live) -> None:
        injection, seed = active.injection, self.experiment.seed
        if isinstance(live, LiveConnection):
            strikes, eligible, drawn = on_connect((active,), live.conn, seed)
            self._note(live, eligible, drawn)
            for strike in strikes:
                self._strike(live, strike)
        elif isinstance(live, LiveCall):
            decision = on_call((active,), live.call, seed, self._memory)
            self._note(live, decision.eligible, decision.drawn)
            for strike in decision.strikes:
                self._strike(live, strike)
            if live.answer is None:
                live.pending = _in_order(self.experiment.injections, (*live.pending, *decision.pending))
                return
            for strike in on_answer(decision.pending, live.call, live.answer, seed):
                self._strike(live, strike)
        else:
            raise TypeError(f"{injection.id} cannot seize {live!r}")

    def _note(self, live: Live, eligible: tuple[str, ...], drawn: tuple[str, ...]) -> None:
        live.attempt.eligible += eligible
        live.attempt.drawn += drawn

    def _strike(self, live: Live, strike: Strike[Any]) -> None:
        if live.is_gone or live.is_frozen:
            return
        match strike.action:
            case Hold() | Close() as action:
                self.hit(live, strike)
                live.seize(strike.injection, action)
            case Refuse():
                self.hit(live, strike)
                live.seize(strike.injection, Close(reset=True))
            case Cut() | Stall() if isinstance(live, LiveCall):
                live.limit(strike)
            case _:
                pass  # what is under way cannot be delayed or answered after the fact


def _in_order(injections: Sequence[Injection], some: Sequence[Injection]) -> tuple[Injection, ...]:
    ids = {each.id for each in some}
    return tuple(each for each in injections if each.id in ids)
