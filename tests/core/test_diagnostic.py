"""What a user sees when the file is wrong."""

from chaoskit.core.diagnostic import Diagnostic, Span, SpecError


def test_a_problem_shows_its_line_with_carets_under_it_and_a_hint():
    problem = Diagnostic("unknown fault 'blackhol'", Span(2, 10, 8), "did you mean blackhole?")
    assert problem.render("shop.yaml", ["inject:", "  fault: blackhol"]).splitlines() == [
        "shop.yaml:2:10: unknown fault 'blackhol'",
        "  |",
        "2 |   fault: blackhol",
        "  |          ^^^^^^^^",
        "hint: did you mean blackhole?",
    ]


def test_a_problem_without_a_place_names_the_file():
    assert Diagnostic("no such file").render("x.yaml", []) == "x.yaml: no such file"


def test_carets_stop_at_the_end_of_the_line_and_are_never_missing():
    assert Diagnostic("m", Span(1, 3, 99)).render("f", ["abcd"]).splitlines()[-1] == "  |   ^^"
    assert Diagnostic("m", Span(1, 5, 1)).render("f", ["abcd"]).splitlines()[-1] == "  |     ^"


def test_a_tab_is_one_column_wide_so_that_carets_stay_in_place():
    assert Diagnostic("m", Span(1, 2, 1)).render("f", ["\tx"]).splitlines()[-2:] == ["1 |  x", "  |  ^"]


def test_a_place_after_the_end_of_the_file_shows_no_line():
    assert (
        Diagnostic("the file ends too early", Span(3, 1)).render("f", ["a"])
        == "f:3:1: the file ends too early"
    )


def test_an_error_carries_every_problem_at_once():
    problems = (Diagnostic("first", Span(1, 1)), Diagnostic("second", Span(2, 1)))
    error = SpecError("f", "a\nb\n", problems)
    assert error.diagnostics == problems
    assert "first" in str(error)
    assert "second" in str(error)
