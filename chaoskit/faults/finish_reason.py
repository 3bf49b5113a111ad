"""A stream that says that it ended for another reason."""

from typing import Literal

from chaoskit.core.actions import Emit
from chaoskit.core.call import Answer, Call, Event
from chaoskit.core.dice import Dice
from chaoskit.core.events import with_data
from chaoskit.core.fault import Fault
from chaoskit.core.frozen import frozen
from chaoskit.core.grammar import document, give_reason
from chaoskit.core.json_edit import written


@frozen(kw_only=True)
class FinishReason(Fault):
    """The stream is whole, and says that the answer ended for another reason than it did.

    A stream of no known AI provider, or that gives this reason already, is left alone.

    ``reason``: ``length`` (``max_tokens`` of Anthropic, ``MAX_TOKENS`` of Gemini, an incomplete response
    of OpenAI Responses), ``content_filter`` (``refusal``, ``SAFETY``), ``stop`` (``end_turn``, ``STOP``;
    not of Responses), ``tool_calls`` (``tool_use``; neither of Gemini nor of Responses).
    """

    reason: Literal["length", "content_filter", "stop", "tool_calls"] = "length"

    def on_event(self, call: Call, answer: Answer, event: Event, dice: Dice) -> Emit | None:
        found = document(event.data)
        if found is None or not give_reason(found, self.reason):
            return None
        kind = found.get("type")
        # Responses and Messages name an event after its type, which may be another now
        name = kind if event.name is not None and isinstance(kind, str) else None
        return Emit(pieces=(with_data(event, written(found), name),))
