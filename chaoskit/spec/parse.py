"""YAML text to nodes. The only importer of yaml.

Built from events, not with ``yaml.compose``: composing recurses, and a few kilobytes of ``[`` end it with
a RecursionError. Every limit is here: depth, number of values (aliases expanded), size.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import yaml

from chaoskit.core.diagnostic import Span
from chaoskit.spec.nodes import Items, Node, Pairs, Place, Problems, Rejected, Text

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 40
MAX_VALUES = 20_000

_HINTS = {
    "cannot start any token": "quote a value that begins with a special character",
    "mapping values are not allowed here": "quote a value that contains `: `, and check the indentation",
    "could not find expected ':'": "a key needs `: ` and a value after it",
    "expected <block end>": "check the indentation and the quotes of this entry",
    "expected ',' or": "close each `{` and `[`, put commas between, and quote a value that has `?` or `,`",
    "unexpected end of stream": "a quote is not closed",
    "expected the node content": "a value is missing",
}


_EVENTS: Callable[..., Iterator[yaml.Event]] = getattr(yaml, "parse")  # noqa: B009 - its annotations are incomplete


@dataclass(slots=True)
class _Open:
    """A list or mapping whose end has not come yet."""

    start: yaml.Mark
    is_mapping: bool
    anchor: str | None
    children: list[tuple[Node, int]] = field(default_factory=list[tuple[Node, int]])


class _Parser:
    def __init__(self, text: str, problems: Problems, change: str | None) -> None:
        self.text = text
        self.problems = problems
        self.change = change
        # PyYAML counts no column for a byte order mark, so that columns are counted from its index
        self.starts = [0]
        for line in text.splitlines(keepends=True):
            self.starts.append(self.starts[-1] + len(line))
        self.anchors: dict[str, tuple[Node, int]] = {}
        self.stack: list[_Open] = []
        self.values = 0
        self.root: Node | None = None
        self.documents = 0

    def place(self, start: int, stop: int) -> Place:
        """Return the place of ``text[start:stop]``, or of its first line."""
        start = max(0, min(start, len(self.text)))
        line = max(1, min(bisect_right(self.starts, start), len(self.starts) - 1))
        begin = self.starts[line - 1]
        end = len(self.text[begin : self.starts[min(line, len(self.starts) - 1)]].rstrip()) + begin
        # a place behind the line's text, or on the space after a colon (a missing value), is shown at the
        # character before it
        first = max(begin, min(start, end - 1))
        while first > begin and self.text[first].isspace():
            first -= 1
        return Place(Span(line, first - begin + 1, max(1, min(stop, end) - first)), self.change)

    def mark(self, start: yaml.Mark, stop: yaml.Mark | None = None) -> Place:
        return self.place(start.index, stop.index if stop is not None else start.index + 1)

    def run(self) -> Node | None:
        for event in self.events():
            match event:
                case yaml.DocumentStartEvent():
                    self.documents += 1
                    if self.documents > 1:
                        self.problems.reject(
                            self.mark(event.start_mark, event.end_mark),
                            "expected one document, got a second one after `---`",
                            "put each experiment into its own file",
                        )
                case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                    self.open(event)
                case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                    self.shut(event)
                case yaml.ScalarEvent():
                    self.scalar(event)
                case yaml.AliasEvent():
                    self.alias(event)
                case _:
                    pass
        return self.root

    def events(self) -> Iterator[yaml.Event]:
        try:
            yield from _EVENTS(self.text, Loader=yaml.SafeLoader)
        except yaml.reader.ReaderError as error:
            place = self.place(error.position, error.position + 1)
            code = error.character if isinstance(error.character, int) else ord(error.character[0])
            self.problems.reject(
                place,
                f"expected text, got the control character U+{code:04X}",
                "remove it, or write it as an escape in double quotes",
            )
        except yaml.MarkedYAMLError as error:
            self.syntax(error)
        except (ValueError, OverflowError):
            # an escape such as "\UFFFFFFFF", which PyYAML hands to chr() unchecked
            self.problems.reject(None, "expected YAML, got an escape or number that stands for no character")

    def syntax(self, error: yaml.MarkedYAMLError) -> None:
        mark = error.problem_mark or error.context_mark
        problem = str(error.problem or error.context or "not YAML")
        place = self.mark(mark) if mark is not None else None
        if "'\\t'" in problem:
            self.problems.reject(place, "expected spaces, got a tab", "indent with spaces; YAML forbids tabs")
        hint = next((text for part, text in _HINTS.items() if part in problem), None)
        self.problems.reject(place, f"not valid YAML: {problem}", hint)

    def count(self, size: int, place: Place) -> None:
        self.values += size
        if self.values > MAX_VALUES:
            self.problems.reject(
                place,
                f"expected at most {MAX_VALUES} values, aliases expanded, got more",
                "an experiment is small; is this the right file?",
            )

    def untagged(self, event: yaml.NodeEvent, tag: str | None) -> None:
        if tag is not None:
            shown = tag.replace("tag:yaml.org,2002:", "!!")
            self.problems.add(
                self.mark(event.start_mark), f"expected no tags, got `{shown}`", "leave the tag out"
            )

    def open(self, event: yaml.CollectionStartEvent) -> None:
        self.untagged(event, event.tag)
        if len(self.stack) >= MAX_DEPTH:
            self.problems.reject(
                self.mark(event.start_mark), f"expected at most {MAX_DEPTH} levels of nesting, got more"
            )
        self.stack.append(_Open(event.start_mark, isinstance(event, yaml.MappingStartEvent), event.anchor))

    def shut(self, event: yaml.Event) -> None:
        this = self.stack.pop()
        size = 1 + sum(each for _, each in this.children)
        nodes = [node for node, _ in this.children]
        stop = event.end_mark.index
        if self.text[this.start.index : this.start.index + 1] not in ("{", "[") and nodes:
            # a block has no closing mark: its first entry stands for it
            stop = this.start.index + nodes[0].place.span.length
        place = self.place(this.start.index, stop)
        node = self.mapping(place, nodes) if this.is_mapping else Items(place, tuple(nodes))
        self.count(1, place)
        self.finish(node, size, this.anchor)

    def mapping(self, place: Place, nodes: list[Node]) -> Pairs:
        pairs: list[tuple[Text, Node]] = []
        seen: dict[str, Place] = {}
        for key, value in zip(nodes[::2], nodes[1::2], strict=True):
            if not isinstance(key, Text):
                self.problems.add(key.place, "expected a name as the key, got a list or mapping")
            elif key.is_plain and key.text == "<<":
                self.problems.add(key.place, "expected a name, got the merge key `<<`", "write the keys out")
            elif key.text in seen:
                self.problems.add(
                    key.place,
                    f"duplicate key `{key.text}`",
                    f"it was given first in line {seen[key.text].span.line}; keep one of them",
                )
            else:
                seen[key.text] = key.place
                pairs.append((key, value))
        return Pairs(place, tuple(pairs))

    def scalar(self, event: yaml.ScalarEvent) -> None:
        self.untagged(event, event.tag)
        place = self.mark(event.start_mark, event.end_mark)
        value = str(event.value)
        self.count(1, place)
        if any(each == "\0" or "\ud800" <= each <= "\udfff" for each in value):
            self.problems.add(place, "expected text, got an escape that stands for no character")
            value = "?"
        self.finish(Text(place, value, event.style is None), 1, event.anchor)

    def alias(self, event: yaml.AliasEvent) -> None:
        place = self.mark(event.start_mark, event.end_mark)
        if event.anchor not in self.anchors:
            self.problems.reject(
                place,
                f"alias `*{event.anchor}` has no anchor before it",
                f"write `&{event.anchor}` where the value is, or quote text that begins with `*`",
            )
        node, size = self.anchors[event.anchor]
        self.count(size, place)
        self.finish(node, size, None)

    def finish(self, node: Node, size: int, anchor: str | None) -> None:
        if anchor is not None:
            self.anchors[anchor] = (node, size)
        if self.stack:
            self.stack[-1].children.append((node, size))
        else:
            self.root = node


def parse(text: str, problems: Problems, change: str | None = None) -> Node | None:
    """Return the nodes of ``text``, or None where it is empty or not YAML (then ``problems`` say why)."""
    if len(text) > MAX_BYTES:
        problems.add(None, f"expected at most 1 MiB of text, got {len(text)} characters")
        return None
    parser = _Parser(text, problems, change)
    try:
        root = parser.run()
    except Rejected:
        return None
    if root is None and change is None:
        problems.add(None, "expected an experiment, got an empty file", "start it with `version: 1`")
    return root
