"""The aims are judged by the measured figures, and a figure that is missing judges nothing."""

from __future__ import annotations

import io

from rich.console import Console

from benchmarks.children import Failed
from benchmarks.kernel_costs import SingleCalls, Start, Steady
from benchmarks.matching_report import (
    KERNEL,
    Aim,
    Costs,
    Line,
    Section,
    aims,
    as_json,
    costs_table,
    footer,
    table,
)
from benchmarks.measure import Figures

QUICK = Start(0.2, 0.3, 0.0)
COSTS = Costs(SingleCalls(400.0, 500.0), Steady(10, 0, 900, False), Start(0.4, 9.0, 1.0), QUICK)


def section(name: str, ratio: float, p99_ns: float, order_bytes: float | None) -> Section:
    figures = Figures(1_000, 4e7, 5e7, (20.0, p99_ns, 300.0), "same", order_bytes)
    lines = [Line(KERNEL, figures, ratio, inside=True), Line("slow 1.0", Failed("hangs"), None)]
    return Section(name, "a mix", 10_000, lines)


def verdicts(found: list[Aim]) -> list[bool | None]:
    return [aim.met for aim in found]


def test_values_at_their_aims_meet_them() -> None:
    sections = [section("futures", 0.9, 120.0, None), section("large", 0.9, 999.0, 96.0)]
    assert verdicts(aims(sections, COSTS)) == [True] * 10


def test_values_beyond_their_aims_miss_them() -> None:
    sections = [section("futures", 0.59, 121.0, None), section("large", 0.7, 999.0, 97.0)]
    costs = Costs(
        SingleCalls(400.0, 501.0), Steady(10, 8, 900, False), Start(2, 9, 0), Start(0.3, 0.31, 0)
    )
    expected = [False, False, False, False, True, False, False, False, False, False]
    assert verdicts(aims(sections, costs)) == expected
    assert aims(sections, costs._replace(steady=Steady(10, 0, 0, True)))[-1].met is False


def test_what_was_not_measured_is_not_judged() -> None:
    found = aims([], COSTS._replace(cold=None, cached=None))
    assert verdicts(found) == [None] * 6 + [True, None, None, True]
    failed = Section("futures", "a mix", 1, [Line(KERNEL, Failed("crashed"), None)])
    assert verdicts(aims([failed], COSTS))[:6] == [None] * 6


def test_the_page_shows_every_line_and_verdict() -> None:
    sections = [section("futures", 0.59, 121.0, None), section("large", 0.95, 999.0, 64.0)]
    page = io.StringIO()
    console = Console(file=page, width=160)
    console.print(table(sections), costs_table(COSTS), footer(aims(sections, COSTS)))
    text = page.getvalue()
    for words in ("0.59", "hangs", "submit 400 ns", "MISSED", "met", "futures: 10,000 live", "64"):
        assert words in text
    kept = as_json(sections[0])["lines"]
    assert kept[0]["ratio"] == 0.59
    assert kept[1]["failure"] == "hangs"
