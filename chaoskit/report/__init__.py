"""A result in, text out: terminal, JSON, JUnit, Markdown, HTML. No I/O."""
