"""A stream that breaks off with an error of the provider's."""

from chaoskit.core.actions import Emit
from chaoskit.core.call import Answer, Call, Event
from chaoskit.core.dice import Dice
from chaoskit.core.events import with_data
from chaoskit.core.fault import Fault
from chaoskit.core.frozen import frozen
from chaoskit.core.grammar import document, error_event, grammar_of, grammar_of_call
from chaoskit.core.json_edit import written
from chaoskit.core.units import Count


@frozen(kw_only=True)
class ErrorEvent(Fault):
    """After a good status and some events, the stream says that it has failed, and ends.

    The event is the provider's own: of OpenAI Chat and Responses ``server_error``, of Anthropic
    ``overloaded_error``, of Gemini ``UNAVAILABLE``. Where neither the stream nor the call's path tells whose
    grammar it is, ``data`` is needed, and without it the stream is left alone.

    ``after``: events that come first. A stream that has no more than these is left alone.
    ``data``: instead, the data of the error event.
    ``name``: with ``data``, the event's name in SSE.
    """

    after: Count = 1
    data: str = ""
    name: str = ""

    def __post_init__(self) -> None:
        if self.after < 1:
            raise ValueError(f"after must be 1 or more, got {self.after}")
        if self.name and not self.data:
            raise ValueError(f"name needs data beside it, got only {self.name!r}")
        if any(ord(each) < 32 for each in self.name + self.data):
            raise ValueError(f"data and name must each be one line, got {(self.data, self.name)!r}")

    def on_event(self, call: Call, answer: Answer, event: Event, dice: Dice) -> Emit | None:
        if event.index != self.after:
            return None
        if self.data:
            return Emit(pieces=(with_data(event, self.data.encode(), self.name),), then="end")
        found = document(event.data)
        grammar = (grammar_of(found) if found is not None else None) or grammar_of_call(call)
        if grammar is None:
            return None
        name, data = error_event(grammar)
        return Emit(pieces=(with_data(event, written(data), name or ""),), then="end")
