"""A model that calls a tool with arguments that are no JSON."""

from chaoskit.core.actions import Emit
from chaoskit.core.call import Answer, Call, Event
from chaoskit.core.dice import Dice
from chaoskit.core.events import with_data
from chaoskit.core.fault import Fault
from chaoskit.core.frozen import frozen
from chaoskit.core.grammar import break_arguments, document
from chaoskit.core.json_edit import written


@frozen(kw_only=True)
class ToolCallJson(Fault):
    """The stream is well-formed, and the arguments of its tool calls are not: they lack closing braces.

    Of OpenAI Chat, OpenAI Responses and Anthropic. Gemini sends arguments as an object, which cannot be
    broken alone; that, and a stream without a tool call, is left alone.
    """

    def on_event(self, call: Call, answer: Answer, event: Event, dice: Dice) -> Emit | None:
        found = document(event.data)
        if found is None or not break_arguments(found):
            return None
        return Emit(pieces=(with_data(event, written(found)),))
