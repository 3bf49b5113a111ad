"""What is wrong with an experiment file, and where: the text that a user sees."""

from chaoskit.core.frozen import frozen


@frozen
class Span:
    """A stretch of one line; lines and columns count from 1, and ``length`` is at least 1."""

    line: int
    column: int
    length: int = 1


@frozen
class Diagnostic:
    """One problem: what was expected, then what came; and one thing to try."""

    message: str
    span: Span | None = None
    hint: str | None = None

    def render(self, path: str, lines: list[str]) -> str:
        """Return ``path:line:column: message``, the line, carets and the hint."""
        if self.span is None:
            parts = [f"{path}: {self.message}"]
        else:
            parts = [f"{path}:{self.span.line}:{self.span.column}: {self.message}"]
            if 0 < self.span.line <= len(lines):
                parts += _snippet(self.span, lines[self.span.line - 1])
        if self.hint:
            parts.append(f"hint: {self.hint}")
        return "\n".join(parts)


def _snippet(span: Span, text: str) -> list[str]:
    number = str(span.line)
    margin = " " * len(number)
    shown = text.replace("\t", " ")
    carets = max(1, min(span.length, len(shown) - span.column + 1))
    return [f"{margin} |", f"{number} | {shown}", f"{margin} | {' ' * (span.column - 1)}{'^' * carets}"]


class SpecError(Exception):
    """The experiment (or the command line that changed it) is wrong. Carries every problem."""

    def __init__(self, path: str, text: str, diagnostics: tuple[Diagnostic, ...]) -> None:
        self.path = path
        self.diagnostics = diagnostics
        lines = text.splitlines()
        super().__init__("\n\n".join(each.render(path, lines) for each in diagnostics))


class RecordError(Exception):
    """A folder is not the record of a run, or not a whole one; the text says what is wrong with it."""


class NotKeptError(Exception):
    """A run's record or its verdict could not be written down; the text names the path and says why."""
