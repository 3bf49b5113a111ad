"""A stream that ends without its end."""

from typing import Literal

from chaoskit.core.actions import Emit
from chaoskit.core.call import Answer, Call, Event
from chaoskit.core.dice import Dice
from chaoskit.core.fault import Fault
from chaoskit.core.frozen import frozen
from chaoskit.core.grammar import has_reason


@frozen(kw_only=True)
class MissingEnd(Fault):
    """The stream ends in good HTTP, without the event that says that it is complete.

    That event is ``data: [DONE]`` (OpenAI Chat), ``response.completed`` and its like (OpenAI Responses),
    ``message_stop`` (Anthropic), the one with a ``finishReason`` (Gemini), ``"done": true`` (Ollama). A
    stream that has none is left alone.

    ``reason``: of the event before it that says why the answer finished: ``kept``, or ``missing`` too.
    """

    reason: Literal["kept", "missing"] = "kept"

    def on_event(self, call: Call, answer: Answer, event: Event, dice: Dice) -> Emit | None:
        is_here = event.is_end or (self.reason == "missing" and has_reason(event.data))
        return Emit(pieces=(), then="end") if is_here else None
