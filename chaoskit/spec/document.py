"""Text of the catalogue to a value: parsed, decoded by its section, built; all problems at once."""

from collections.abc import Callable

from chaoskit.core.diagnostic import SpecError
from chaoskit.spec.decode import Decoder
from chaoskit.spec.nodes import Pairs, Problems, Rejected, kind
from chaoskit.spec.parse import parse
from chaoskit.spec.shapes import Section


def document[S: Section, T](
    path: str, text: str, section: type[S], build: Callable[[S, Problems], T | None]
) -> T:
    """Return what ``build`` makes of the text's ``section``. ``path`` is only for messages.

    Raises SpecError with every problem, those that ``build`` notes among them.
    """
    problems = Problems()
    found = None
    root = parse(text, problems)
    if root is not None:
        try:
            if not isinstance(root, Pairs):
                problems.reject(
                    root.place, f"expected a mapping that starts with `version: 1`, got {kind(root)}"
                )
            found = build(Decoder(problems).decode(root, section), problems)
        except Rejected:
            pass
    if found is None or problems.found:
        raise SpecError(path, text, problems.in_order())
    return found
