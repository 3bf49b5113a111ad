"""The table of docs/providers.md, from the catalogue and what the SDKs were seen to raise."""

import re
from pathlib import Path

PAGE = Path(__file__).parents[3] / "docs" / "providers.md"
BEGIN, END = "<!-- table: written by tests/clients/catalogue -->\n", "<!-- end -->\n"


def table(rows: list) -> str:
    """Return a line for each error of each provider."""
    lines = ["| error | answer | basis | SDK | its exception |", "| --- | --- | --- | --- | --- |"]
    for row in rows:
        raises = row.dialect.raises or (("", ""),)
        for sdk, exception in raises:
            raised = f"`{exception}`" if exception else ""
            lines.append(f"| `{row.name}` | {what(row)} | {row.dialect.basis} | {sdk} | {raised} |")
    return "\n".join(lines) + "\n"


def what(row) -> str:
    """Return what is answered, or the fault that is none."""
    fault = row.dialect.fault
    if not row.is_answer:
        return f"`{row.dialect.fault_name}`"
    wait = f" after {fault.wait:g} s" if fault.wait else ""
    return f"{fault.status}{wait}"


def committed() -> str:
    """Return the table that the page has."""
    found = re.search(re.escape(BEGIN) + r"\n?(.*?)\n?" + re.escape(END), PAGE.read_text(), re.DOTALL)
    return found[1].strip() + "\n" if found else ""


def write(rows: list) -> None:
    """Put the table into the page."""
    before, _, rest = PAGE.read_text().partition(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}\n{table(rows)}\n{END}{rest.partition(END)[2]}")
