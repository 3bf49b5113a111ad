"""What all connections of one worker share, and the decisions that are made for them."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from chaoskit.core.actions import (
    Close,
    ConnectAction,
    Cut,
    Emit,
    Hold,
    Limit,
    QueryAction,
    Refuse,
    Shape,
    Stall,
)
from chaoskit.core.call import Answer, Call, Connection, Event, Headers, Message, Query
from chaoskit.core.decide import (
    Decision,
    Memory,
    Strike,
    on_answer,
    on_call,
    on_connect,
    on_event,
    on_message,
    on_query,
)
from chaoskit.core.experiment import Address, Experiment, Injection, Provider
from chaoskit.core.fault import Layer, settles
from chaoskit.core.late import BOUND
from chaoskit.core.timeline import Active
from chaoskit.proxy.answers import Answers
from chaoskit.proxy.dial import reaches
from chaoskit.proxy.filter import Filter
from chaoskit.proxy.followed import Carrier, LiveCall, LiveConnection, LiveQuestion
from chaoskit.proxy.fronts import Fronts
from chaoskit.proxy.identity import Identities
from chaoskit.proxy.lateness import Lateness
from chaoskit.proxy.live import Live
from chaoskit.proxy.record import Attempt, Record
from chaoskit.proxy.routes import Route
from chaoskit.proxy.switch import Switch
from chaoskit.proxy.ways import Ways

_PARTS: frozenset[Layer] = frozenset({"event", "message"})


class Engine:
    """Decides by ``core.decide``, keeps the record, and strikes what is live when a fault seizes."""

    def __init__(
        self,
        experiment: Experiment,
        switch: Switch,
        memory: Memory,
        record: Record,
        worker: int,
        *,
        fronts: Fronts,
    ) -> None:
        self.experiment = experiment
        self.ways = Ways(experiment, fronts)
        self.switch = switch
        self.record = record
        self.live: set[Live] = set()
        self.alpn: dict[str, bytes] = {}  # what each provider speaks with a client that offers HTTP/2
        self.listening: set[Address] = set()  # where this worker's listeners are bound
        self.answers = Answers()
        self.lateness = Lateness(time.monotonic)
        self._recalling = tuple(each for each in experiment.injections if each.fault.recalls)
        self._tasks: set[asyncio.Task[None]] = set()
        self.memory = memory
        self._worker = worker
        self._identities = Identities()
        self._connections: Counter[str] = Counter()
        fronts.on_change = self._regroup
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
        return any(each.port == port and reaches(host, each.host) for each in self.listening)

    # edges

    def _regroup(self, host: str, edges: tuple[str, ...]) -> None:
        """Let what is under way to ``host`` be struck by what begins from now on."""
        for live in self.live:
            if live.attempt.host.rstrip(".").lower() == host:
                groups = tuple(each for each in edges if each != live.provider)
                self.record.regroup(live.attempt, groups)
                live.regroup(groups)

    # connections

    def admit(
        self, route: Route, client: str, carrier: Carrier
    ) -> tuple[LiveConnection, Sequence[Strike[ConnectAction]]]:
        """Decide about a client's connection to a provider's route, and follow it from now on."""
        assert route.provider is not None
        provider = route.provider.name
        groups = self.ways.groups(route)
        self._connections[provider] += 1
        identity = f"{provider} {self._worker} {self._connections[provider]}"
        conn = Connection(
            identity=identity,
            provider=provider,
            host=route.host,
            port=route.port,
            client=client,
            groups=groups,
        )
        # the same instant in the record as in the decision: a share may step between two looks at the clock
        t = time.monotonic()
        strikes, eligible, drawn = on_connect(
            self.switch.active_for(provider, groups, t), conn, self.experiment.seed, self.memory
        )
        attempt = Attempt(
            t=t,
            provider=provider,
            is_call=False,
            identity=identity,
            identified_by="order",
            host=route.host,
            eligible=eligible,
            drawn=drawn,
            groups=groups,
        )
        live = LiveConnection(conn, attempt, carrier)
        self.live.add(live)
        return live, strikes

    def shape(self, live: LiveConnection, strike: Strike[Any]) -> None:
        """Let what a connection carries suffer ``strike``. It is a hit once that has changed something."""
        if live.is_gone or live.is_frozen or not self.switch.is_on(strike.injection.id):
            return  # one that ended while another made this connection wait would never be let go
        live.shapes.add(strike.injection.id)

        def silence(strike: Strike[Shape]) -> None:
            if self.switch.is_on(strike.injection.id):
                live.seize(strike.injection, Hold())
            else:  # nobody would let go of this one
                live.drop(reset=False)

        def make(transport: asyncio.Transport) -> asyncio.Transport:
            live.filter = Filter(
                transport, lambda strike: self.hit(live, strike), silence, lambda: self.end(live)
            )
            return live.filter

        early = live.carrier.interpose(make) if live.filter is None else b""
        if live.filter is not None:
            live.filter.add(strike)
            if early:
                live.filter.data_received(early)

    # DNS questions

    def ask(
        self, provider: str, host: str, kind: str, client: str, hang_up: Callable[[], None]
    ) -> tuple[LiveQuestion, Sequence[Strike[QueryAction]]]:
        """Decide about a DNS question on a provider's host, and follow it from now on."""
        nth = self._identities.count(f"dns {host} {kind}")
        identity = f"{host} {kind} {self._worker} {nth}"
        groups = self.ways.groups_of(host, provider)
        query = Query(
            identity=identity, provider=provider, host=host, kind=kind, client=client, groups=groups
        )
        t = time.monotonic()
        on = self.switch.active_for(provider, groups, t)
        strikes, eligible, drawn = on_query(on, query, self.experiment.seed, self.memory)
        attempt = Attempt(
            t=t,
            provider=provider,
            is_call=False,
            identity=identity,
            identified_by="order",
            host=host,
            eligible=eligible,
            drawn=drawn,
            question=kind,
            groups=groups,
        )
        live = LiveQuestion(query, attempt, hang_up)
        self._count(live)
        self.live.add(live)
        return live, strikes

    # calls

    def reads_request(self, call: Call) -> bool:
        """Tell whether an injection that is on, and may be about ``call``, must see its body first."""
        return any(each.injection.reads_request(call) for each in self.switch.active_about(call))

    def remembers(self, call: Call) -> bool:
        """Tell whether answers are to be kept: for a fault that may recall them, while it is off."""
        recalling = [each for each in self._recalling if each.is_aimed_at(call.provider, call.groups)]
        if not recalling or self.switch.is_lifted:
            return False
        return not any(self.switch.is_on(each.id) for each in recalling)

    def clogs(self, provider: Provider | None) -> bool:
        """Tell whether a fault may let the window of an upload to ``provider`` run out.

        One on an edge may, as long as it is not known which hosts are behind that.
        """
        may = [each.name for each in self.experiment.providers if each.edge is not None]
        return provider is not None and any(
            i.fault.clogs and i.is_aimed_at(provider.name, may) for i in self.experiment.injections
        )

    def name(self, headers: Headers, method: str, host: str, path: str) -> tuple[str, str]:
        """Return the identity of one more call, and where it came from."""
        return self._identities.name(headers, method, host, path)

    def decide(self, call: Call) -> tuple[Decision, Attempt]:
        """Decide about a call that is in hand, and begin its line in the record."""
        t = time.monotonic()
        decision = on_call(self.switch.active_about(call, t), call, self.experiment.seed, self.memory)
        attempt = Attempt(
            t=t,
            provider=call.provider,
            is_call=True,
            identity=call.identity,
            identified_by=call.identified_by,
            host=call.host,
            method=call.method,
            path=call.path.partition("?")[0],
            eligible=decision.eligible,
            drawn=decision.drawn,
            groups=call.groups,
        )
        self.record.begin(attempt)
        return decision, attempt

    def answered(self, live: LiveCall, answer: Answer) -> Sequence[Strike[Any]]:
        """Decide about an answer that is in hand. Once faults are lifted, none suffers anything."""
        live.answer = answer
        pending, live.pending = live.pending, ()
        if self.switch.is_lifted:
            return ()
        live.later = tuple(each for each in pending if each.fault.layers() & _PARTS or settles(each.fault))
        return on_answer(pending, live.call, answer, self.experiment.seed)

    def event(self, live: LiveCall, event: Event) -> Sequence[Strike[Any]]:
        """Decide about one event of a streamed answer. An injection that has ended strikes no more."""
        assert live.answer is not None
        return on_event(self._still_on(live), live.call, live.answer, event, self.experiment.seed)

    def message(self, live: LiveCall, message: Message) -> Sequence[Strike[Any]]:
        """Decide about one WebSocket message. An injection that has ended strikes no more."""
        return on_message(self._still_on(live), live.call, message, self.experiment.seed)

    def settle(self, live: LiveCall, tokens: int) -> None:
        """Tell the faults that count it what the answer has cost since the last time."""
        for injection in live.later:
            if settles(injection.fault):
                self.memory.settle(injection, live.call, tokens)

    def _still_on(self, live: LiveCall) -> Sequence[Injection]:
        on = {each.injection.id for each in self.switch.active()}
        return [each for each in live.later if each.id in on]

    def hit(self, live: Live, strike: Strike[Any]) -> None:
        """Note a strike that is about to be carried out, if the caller is there; some are written at once."""
        if live.has_left(is_late=self.lateness.now() > BOUND):
            live.attempt.has_left = True
            return
        if not live.attempt.is_call and not live.attempt.hits:
            self._count(live)
        self.record.hit(live.attempt, strike.injection.id, strike.action)
        match strike.action:
            case Hold() | Stall() | Limit(how="silence") | Emit(then="silence"):
                self.record.write(live.attempt)  # it may never end

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

    def tell(self, connection: LiveConnection, call: Attempt) -> None:
        """Let a connection's first call say what the connection suffered: the two are one attempt."""
        told = connection.attempt
        told.has_calls = True
        call.take(told, connection.shapes)
        if told.is_counted:
            told.is_counted = False
            self.record.forget(told)

    def _count(self, live: Live) -> None:
        if not (live.attempt.is_call or live.attempt.is_counted or live.attempt.has_calls):
            live.attempt.is_counted = True
            self.record.begin(live.attempt)

    # what the switch says

    def began(self, active: Active) -> None:
        """Strike what is live, if the fault seizes."""
        self.record.settle()
        if active.injection.fault.seizes:
            for live in list(self.live):
                aimed = active.injection.is_aimed_at(live.provider, live.attempt.groups)
                if aimed and not isinstance(live, LiveQuestion):
                    self._seize(active, live)

    def ended(self, injection: str) -> None:
        """Let go of what the injection holds."""
        self.record.settle()
        for live in list(self.live):
            live.over(injection)

    def lifted(self) -> None:
        """Let go of everything."""
        for live in list(self.live):
            live.lift()

    def _seize(self, active: Active, live: Live) -> None:
        injection, seed = active.injection, self.experiment.seed
        if injection.id in live.attempt.eligible:
            return  # it had its draw when it began, in a window before this one
        if isinstance(live, LiveConnection):
            strikes, eligible, drawn = on_connect((active,), live.conn, seed, self.memory)
            live.attempt.note(eligible, drawn)
            for strike in strikes:
                self._strike(live, strike)
        elif isinstance(live, LiveCall):
            if live.answer is not None and injection.fault.layers() <= _PARTS:
                return  # its first events have passed uncounted
            decision = on_call((active,), live.call, seed, self.memory)
            live.attempt.note(decision.eligible, decision.drawn)
            for strike in decision.strikes:
                self._strike(live, strike)
            if live.answer is None:
                live.pending = _in_order(self.experiment.injections, (*live.pending, *decision.pending))
                return
            for strike in on_answer(decision.pending, live.call, live.answer, seed):
                self._strike(live, strike)
        else:
            raise TypeError(f"{injection.id} cannot seize {live!r}")

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
            case action if isinstance(action, Shape) and isinstance(live, LiveConnection):
                self.shape(live, strike)
            case _:
                pass  # what is under way cannot be delayed or answered after the fact


def _in_order(injections: Sequence[Injection], some: Sequence[Injection]) -> tuple[Injection, ...]:
    ids = {each.id for each in some}
    return tuple(each for each in injections if each.id in ids)
