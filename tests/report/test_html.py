"""The page: what it says, and what it must never do."""

import re
from collections.abc import Callable
from dataclasses import fields, replace
from html.parser import HTMLParser

import pytest

from chaoskit.core.result import InjectionRow, Result, RunEvent, Window
from chaoskit.report import html

Render = Callable[[Result], str]
HOSTILE = "</text></svg></style><script>alert(1)</script>\"'&amp; $x_1$ \x1b\ud800 {{ 7*7 }} 支払"
VOID = {"meta", "link", "br", "wbr", "hr", "img", "input"}


class Page(HTMLParser):
    """Collects every tag with its attributes, the text, and whether tags close in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("style", "title"):
            self.words.append(data)

    def named(self, tag: str) -> list[dict[str, str]]:
        return [attrs for name, attrs in self.tags if name == tag]

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def hostile(result: Result) -> Result:
    """Put hostile text into every place that holds a text."""

    def spoil[T](value: T) -> T:
        changes = {
            each.name: HOSTILE
            for each in fields(value)  # type: ignore[arg-type]
            if isinstance(getattr(value, each.name), str) and each.name not in ("outcome", "verdict", "kind")
        }
        return replace(value, **changes)  # type: ignore[type-var]

    return replace(
        spoil(result),
        findings=tuple(spoil(each) for each in result.findings),
        phases=tuple(spoil(each) for each in result.phases),
        injections=tuple(
            replace(spoil(each), examples=(HOSTILE,), identified_by=((HOSTILE, 3),), delay_error=(0.001, 0.2))
            for each in result.injections
        ),
        endpoints=tuple(replace(spoil(each), causes=((HOSTILE, 1),)) for each in result.endpoints),
        series=tuple(replace(spoil(each), label=f"{n}{HOSTILE}") for n, each in enumerate(result.series)),
        events=(RunEvent(1.0, HOSTILE),),
        notes=(HOSTILE,),
        versions=((HOSTILE, HOSTILE),),
        provider_calls=((HOSTILE, (1, 2)),),
    )


def test_every_tag_is_closed_in_order(example: Result, rendered: Render) -> None:
    assert Page(rendered(example)).open == []


def test_the_verdict_and_why_come_before_everything_else(example: Result, rendered: Render) -> None:
    page = Page(rendered(example))

    assert re.match(r"\S (PASS|FAIL|INCONCLUSIVE|ABORTED) " + re.escape(example.sentence), page.text)


def test_no_text_of_a_run_becomes_markup(examples: dict[str, Result]) -> None:
    shown = html.render(hostile(examples["fail"]))
    page = Page(shown)

    assert page.open == []
    assert page.named("script") == []
    assert "<script" not in shown
    assert "{{ 7*7 }}" in page.text
    assert page.text.count("alert(1)") > 20
    assert "\x1b" not in shown
    shown.encode()


def test_the_page_runs_nothing_and_loads_nothing(example: Result, rendered: Render) -> None:
    shown = rendered(example)
    page = Page(shown)
    (policy,) = [each for each in page.named("meta") if each.get("http-equiv") == "Content-Security-Policy"]

    assert policy["content"].startswith("default-src 'none'; style-src 'unsafe-inline';")
    assert {tag for tag, _ in page.tags} & {"script", "iframe", "img", "object", "embed", "form"} == set()
    for tag, attrs in page.tags:
        assert not [name for name in attrs if name.startswith("on")]
        for name in ("src", "href", "xlink:href"):
            assert attrs.get(name, "#").startswith(("#", "data:,")), (tag, attrs)
    assert "@import" not in shown
    assert set(re.findall(r"url\((.)", shown)) <= {"#"}


def test_equal_results_make_equal_pages(examples: dict[str, Result], rendered: Render) -> None:
    assert html.render(replace(examples["fail"])) == rendered(examples["fail"])


def test_every_id_is_there_once_and_every_reference_has_its_target(example: Result, rendered: Render) -> None:
    page = Page(rendered(example))
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    wanted = set(re.findall(r"url\(#([^)]+)\)", str(page.tags)))
    for _, attrs in page.tags:
        wanted |= set(attrs.get("aria-labelledby", "").split())
        wanted |= {value[1:] for name, value in attrs.items() if name.endswith("href") and value[:1] == "#"}

    assert len(ids) == len(set(ids))
    assert wanted
    assert wanted <= set(ids)


def test_a_reader_who_cannot_see_gets_headings_scopes_and_the_chart_in_words(
    examples: dict[str, Result], rendered: Render
) -> None:
    page = Page(rendered(examples["fail"]))

    assert page.named("html") == [{"lang": "en"}]
    assert len(page.named("h1")) == 1
    assert len(page.named("h2")) == 8
    assert all(each.get("scope") in ("col", "row") for each in page.named("th"))
    assert len(page.named("svg")) == 2
    assert all(each.get("role") == "img" for each in page.named("svg"))
    assert (
        "injection stripe-down (blackhole on stripe) from 20 s to 50 s, 450 hits; "
        "checkout: at worst 100% of answers failed, p95 5 s"
    ) in page.text


def test_the_drawing_takes_its_colours_from_the_page(example: Result, rendered: Render) -> None:
    from chaoskit.report import charts

    shown = rendered(example)
    drawn = shown[shown.index("<svg") : shown.rindex("</svg>")]
    light, dark = re.findall(r":root \{(.*?)\}", shown, re.DOTALL)

    for name in set(re.findall(r"var\(--([a-z-]+)\)", shown)) - {"tone"}:
        assert f"--{name}:" in light, name
        assert f"--{name}:" in dark, name
    assert set(re.findall(r"#[0-9a-f]{6}\b", drawn)) == set()
    assert len(set(charts.COLORS.values())) == len(charts.COLORS)


def luminance(color: str) -> float:
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_text_and_lines_stand_out_from_the_page(
    scheme: int, examples: dict[str, Result], rendered: Render
) -> None:
    root = re.findall(r":root \{(.*?)\}", rendered(examples["pass"]), re.DOTALL)[scheme]
    colors = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", root))

    for name in ("ink", "muted", "pass", "fail", "inconclusive", "none", "limit"):
        assert contrast(colors[name], colors["page"]) >= 4.5, name
        assert contrast(colors[name], colors["panel"]) >= 4.5, name
    for name in ("ink", "limit"):
        assert contrast(colors[name], colors["band"]) >= 4.5, name
    for name in ("failed", "degraded", "first", "second", "third"):
        assert contrast(colors[name], colors["page"]) >= 3.0, name


def test_an_injection_that_hit_nothing_says_so(examples: dict[str, Result], rendered: Render) -> None:
    assert '<span class="word inconclusive">none</span>' in rendered(examples["inconclusive"])


def test_a_run_that_never_began_still_makes_a_page() -> None:
    result = Result(
        name="n",
        run="r",
        verdict=None,
        outcome="not started",
        sentence="the target was not ready within 30s",
        exit_code=3,
        seed=0,
        command="",
        file="f.yaml",
        started="",
    )
    page = Page(html.render(result))

    assert "NOT STARTED the target was not ready within 30s" in page.text
    assert "No check was judged." in page.text
    assert "The experiment injects nothing." in page.text
    assert page.named("svg") == []


def test_an_injection_that_an_abort_cut_short_is_still_labelled(
    examples: dict[str, Result], rendered: Render
) -> None:
    drawn = re.findall(
        r'<text style="([^"]*)" x="([\d.]+)"[^>]*>stripe-down: blackhole', rendered(examples["aborted"])
    )

    assert len(drawn) == 2
    for (style, x), width in zip(drawn, (763.2, 324.0), strict=True):
        assert "text-anchor: end" in style
        assert float(x) < width


@pytest.mark.broad
def test_a_run_with_much_of_everything_is_drawn(examples: dict[str, Result]) -> None:
    base = examples["fail"]
    row: InjectionRow = base.injections[0]
    result = replace(
        base,
        injections=tuple(replace(row, id=f"_i{n}", window=(n, 80.0 + n)) for n in range(12)),
        phases=tuple(Window(f"a phase with a long name {n}", n, n + 1) for n in range(80)),
        series=tuple(replace(base.series[1], label=f"_e{n}") for n in range(30)),
    )

    assert "Not drawn: 27 endpoints, 4 injections." in Page(html.render(result)).text
