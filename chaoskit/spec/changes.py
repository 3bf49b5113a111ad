"""``--set key=value``: one value of the file changed, before anything is checked."""

from chaoskit.core.diagnostic import Span
from chaoskit.core.frozen import frozen
from chaoskit.spec.nodes import (
    Items,
    Node,
    Pairs,
    Place,
    Problems,
    Rejected,
    Text,
    did_you_mean,
    kind,
    on_one_line,
    quoted,
)
from chaoskit.spec.parse import parse


def apply(root: Node, change: str, problems: Problems) -> Node:
    """Return ``root`` with one value put in place of another, or added; missing mappings are made.

    Raises Rejected where the change has no place in the file; why is noted with the change's own words.
    """
    shown = on_one_line(change, 200)
    path, equals, text = change.partition("=")
    keys = path.split(".")
    place = Place(Span(1, 1, 1), shown)
    if not equals or not all(keys):
        problems.reject(place, "expected key=value", "for example --set phases.fault=10s")
    before = len(problems.found)
    value = parse(text, problems, shown) or Text(place, "")
    if len(problems.found) > before:
        raise Rejected
    return _Change(value, place, problems).put(root, keys, "")


@frozen
class _Change:
    value: Node
    place: Place
    problems: Problems

    def put(self, node: Node | None, keys: list[str], above: str) -> Node:
        if not keys:
            return self.value
        key, rest = keys[0], keys[1:]
        so_far = f"{above}.{key}" if above else key
        if node is None or (isinstance(node, Text) and node.is_nothing):
            node = Pairs(self.place, ())
        match node:
            case Text():
                self.problems.add(
                    self.place,
                    f"`{above}` is {quoted(node.text)}, which has no `{key}`",
                    f"did you mean {above}=...?",
                )
                raise Rejected
            case Pairs():
                new = self.put(node.get(key), rest, so_far)
                if node.get(key) is None:
                    return Pairs(node.place, (*node.pairs, (Text(self.place, key), new)))
                return Pairs(node.place, tuple((k, new if k.text == key else v) for k, v in node.pairs))
            case Items():
                at = self.index(node, key, above)
                new = self.put(node.items[at], rest, so_far)
                return Items(node.place, (*node.items[:at], new, *node.items[at + 1 :]))

    def index(self, node: Items, key: str, above: str) -> int:
        count = len(node.items)
        if key.isascii() and key.isdigit() and int(key[:9]) < count:
            return int(key[:9])
        names = [_name(each) for each in node.items]
        hint = None
        if key in names:
            hint = f"did you mean {above}.{names.index(key)}?"
        elif any(names) and not key.isdigit():
            hint = did_you_mean(key, [each for each in names if each], "names")
        numbers = f" from 0 to {count - 1}" if count else ""
        self.problems.add(
            self.place, f"`{above}` is {kind(node)}: expected a number{numbers}, got {quoted(key)}", hint
        )
        raise Rejected


def _name(node: Node) -> str:
    found = (node.get("id") or node.get("name")) if isinstance(node, Pairs) else None
    return found.text if isinstance(found, Text) else ""
